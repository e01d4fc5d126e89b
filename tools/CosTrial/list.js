// Lists the emulator's bucket with Tencent's own client of COS, page by page, and writes each key, length and ETag as a JSON line.
// node list.js http://127.0.0.1:8080 [prefix]
'use strict';
const COS = require('cos-nodejs-sdk-v5');

async function call(endpoint, path, body) {
  const response = await fetch(endpoint + path + '?access_token=' + (process.env.TCB_ACCESS_TOKEN || 'emulator-access-token'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const reply = await response.json();
  if (reply.errcode !== 0) throw new Error(path + ': ' + JSON.stringify(reply));
  return reply;
}

async function main(endpoint, prefix) {
  const url = new URL(endpoint);
  const environment = process.env.TCB_ENVIRONMENT_ID || 'test-env';
  const upload = await call(url.origin, '/tcb/uploadfile', { env: environment, path: 'trial' });
  const key = await call(url.origin, '/tcb/getqcloudtoken', { lifespan: 7200 });
  const cos = new COS({
    SecretId: key.secretid,
    SecretKey: key.secretkey,
    SecurityToken: key.token,
    Protocol: 'http:',
    // The client keeps the bucket in the name of the host, and there is only this one.
    Domain: url.host,
  });
  const bucket = new URL(upload.url).pathname.split('/')[1];
  for (let marker = ''; ; ) {
    const page = await cos.getBucket({ Bucket: bucket, Region: 'ap-shanghai', Prefix: prefix, Marker: marker, EncodingType: 'url' });
    for (const file of page.Contents) {
      console.log(JSON.stringify({ key: file.Key, length: Number(file.Size), eTag: file.ETag }));
    }
    if (page.IsTruncated !== 'true') return;
    marker = page.NextMarker;
  }
}

main(process.argv[2], process.argv[3] || '').catch((error) => {
  console.error(error.error || error);
  process.exit(1);
});
