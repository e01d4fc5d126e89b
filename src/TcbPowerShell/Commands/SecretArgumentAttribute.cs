using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>Lets a SecureString parameter take a string too, as a token server or a secret store often gives one.</summary>
internal sealed class SecretArgumentAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether a script block that returns the secret is taken too.</summary>
    public bool OrScript { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            string text => Hide(text),
            SecureString or null => value,
            ScriptBlock when OrScript => value,
            // The binder would repeat the object in its message, and a reply that holds the token is the likeliest one.
            _ => throw new ArgumentTransformationMetadataException(Explain(value).Format(CultureInfo.CurrentUICulture)),
        };
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

    private UserText Explain(object value)
    {
        if (value is ScriptBlock) return new UserText(nameof(Messages.TokenScript));
        return OrScript ? new UserText(nameof(Messages.TokenOrScriptObject), value.GetType().ToString()) : new UserText(nameof(Messages.TokenObject), value.GetType().ToString());
    }

    private static SecureString Hide(string text)
    {
        SecureString secret = new NetworkCredential(string.Empty, text).SecurePassword;
        secret.MakeReadOnly();
        return secret;
    }
}
