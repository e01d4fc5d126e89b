using System.Management.Automation;
using System.Net;
using System.Runtime.InteropServices;
using System.Security;

namespace TcbPowerShell.Commands;

/// <summary>Lets a SecureString parameter take a string too, as a token server or a secret store often gives one.</summary>
internal sealed class SecretArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        // Anything else is the binder's to refuse.
        return value is string text ? Hide(text) : inputData;
    }

    /// <summary>The text of a secret.</summary>
    internal static string Reveal(SecureString secret)
    {
        // NetworkCredential would end the text at its first null character: another secret, where this one must be refused.
        IntPtr text = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(text, secret.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    private static SecureString Hide(string text)
    {
        SecureString secret = new NetworkCredential(string.Empty, text).SecurePassword;
        secret.MakeReadOnly();
        return secret;
    }
}
