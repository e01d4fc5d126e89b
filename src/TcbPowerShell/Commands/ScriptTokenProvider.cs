using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Security;
using TcbPowerShell.Client.Tokens;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Commands;

/// <summary>
/// Runs the script block that gives tokens. Only on a pipeline thread: on a thread of another runspace,
/// the script block would wait for its own runspace, which may wait for the caller.
/// </summary>
/// <param name="script">The user's script block.</param>
internal sealed class ScriptTokenProvider(ScriptBlock script)
{
    private readonly Guid _runspace = Runspace.DefaultRunspace.InstanceId;
    private readonly string _text = script.ToString();
    private string _last = string.Empty;

    /// <summary>Asks for a token.</summary>
    /// <exception cref="TcbException">There is none.</exception>
    internal string Provide()
    {
        // In the runspace in which it was created it runs as it is, with its closure; elsewhere it is created from its text.
        ScriptBlock block = Runspace.DefaultRunspace.InstanceId == _runspace ? script : ScriptBlock.Create(_text);
        Collection<PSObject?> output;
        try
        {
            // Any error ends the script. Otherwise it could go on, and return an old token or none.
            output = block.InvokeWithContext(null, [new PSVariable("ErrorActionPreference", ActionPreference.Stop)]);
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a script can do, break and exit included, is no token.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw Failed(Describe(e));
        }
        if (output.Count != 1) throw Failed(output.Count == 0 ? new UserText(nameof(Messages.TokenProviderReturnedNothing)) : new UserText(nameof(Messages.TokenProviderReturnedMany), output.Count));
        string token = output[0]?.BaseObject switch
        {
            string text => text,
            SecureString secret => SecretArgumentAttribute.Reveal(secret),
            null => throw Failed(new UserText(nameof(Messages.TokenProviderReturnedNull))),
            object other => throw Failed(new UserText(nameof(Messages.TokenProviderReturnedObject), other.GetType().ToString())),
        };
        if (TokenText.FindProblem(token) is { } problem) throw Failed(new UserText(nameof(Messages.TokenProviderReturnedBadToken), problem));
        _last = token;
        return token;
    }

    // The message is the user's own, but it may repeat the token.
    private UserText Describe(Exception e)
    {
        if (e is not RuntimeException failure) return new UserText(nameof(Messages.TokenProviderLeft), e.GetType().Name.Replace("Exception", string.Empty).ToLowerInvariant());
        string message = (failure as ActionPreferenceStopException)?.ErrorRecord.ToString() ?? failure.Message;
        return new UserText(nameof(Messages.TokenProviderThrew), new Redactor(_last).Redact(ShownText.Cut(message, ReplyText.Longest)).TrimEnd('.'));
    }

    private static TcbException Failed(UserText what) => TcbException.NoToken(ErrorId.TokenProviderFailed, what);
}
