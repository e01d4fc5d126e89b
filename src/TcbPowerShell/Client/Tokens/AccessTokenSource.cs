using System.Text.RegularExpressions;
using TcbPowerShell.Client.Http;
using TcbPowerShell.Model;
using TcbPowerShell.Protocol;
using TcbPowerShell.Resources;

namespace TcbPowerShell.Client.Tokens;

/// <summary>Supplies the token of each call. One source belongs to one connection, however many runspaces and workers use it.</summary>
internal abstract class AccessTokenSource
{
    /// <summary>The authentication method that the user chose.</summary>
    internal abstract TcbAuthentication Authentication { get; }

    /// <summary>The refresh token that the source holds now; null if it has none.</summary>
    internal virtual string? RefreshToken => null;

    /// <summary>When the token in hand ends; null if that is not known.</summary>
    internal virtual DateTimeOffset? ExpiresOn => null;

    /// <summary>Whether the service has replaced the refresh token that the connection was made with. Then only the connection knows the new one.</summary>
    internal virtual bool HasNewRefreshToken => false;

    /// <summary>Whether the token (of an authorizer: the platform's, which fetches it) was passed by value, so that nothing renews it.</summary>
    internal virtual bool IsFixed => false;

    /// <summary>The path of the calls for files: a platform's own environments have a path of their own.</summary>
    internal string CallFolder => Authentication == TcbAuthentication.Component ? "/componenttcb/" : "/tcb/";

    /// <summary>The error if the service refuses a call for files because of its token.</summary>
    internal ErrorId RefusedAs => Authentication == TcbAuthentication.Component ? ErrorId.ComponentTokenRejected : ErrorId.TokenRejected;

    /// <summary>The secrets behind the token. They are hidden in all texts, even if a reply repeats them.</summary>
    protected virtual string[] Secrets => [];

    /// <summary>The name of the query parameter that carries the token.</summary>
    protected virtual string QueryName => "access_token";

    /// <summary>The token to use now.</summary>
    /// <param name="refused">The token that the service has just refused, and why; null for the first try of a call.</param>
    /// <param name="context">The run that asks.</param>
    /// <exception cref="TcbException">There is no token, or no other than the refused one.</exception>
    internal async Task<CallCredential> GetAsync(RefusedToken? refused, ICallContext context)
    {
        try
        {
            return new CallCredential(QueryName, await GetTokenAsync(refused, context).ConfigureAwait(false), Secrets);
        }
        // Without another token, the refusal of the call for files comes back. It was not a token call.
        catch (TcbException e) when (e != refused?.Refusal && !e.IsTokenCall)
        {
            throw e.ForToken();
        }
    }

    /// <inheritdoc cref="GetAsync"/>
    protected abstract Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context);
}

/// <summary>A token that the service refused.</summary>
/// <param name="Token">The token.</param>
/// <param name="Refusal">The reply of the service.</param>
internal sealed record RefusedToken(string? Token, TcbException Refusal)
{
    /// <summary>The type's name, never the token.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => nameof(RefusedToken);
}

/// <summary>A token given by value: it cannot be renewed here.</summary>
/// <param name="authentication">The kind of the token.</param>
/// <param name="token">The token; null if the service asks for none.</param>
internal sealed class FixedAccessToken(TcbAuthentication authentication, string? token) : AccessTokenSource
{
    internal override TcbAuthentication Authentication => authentication;

    internal override bool IsFixed => true;

    protected override string QueryName => authentication == TcbAuthentication.CloudBaseToken ? "cloudbase_access_token" : base.QueryName;

    protected override Task<string?> GetTokenAsync(RefusedToken? refused, ICallContext context) =>
        refused is null ? Task.FromResult(token) : throw refused.Refusal;
}

/// <summary>Finds the usual mistakes in a token before it is sent: JSON, quotation marks, the word Bearer.</summary>
internal static class TokenText
{
    // As it stands in the Authorization header of other services.
    private static readonly Regex Bearer = new(@"^\s*(authorization\s*:\s*)?bearer(\s|:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Finds a mistake in a token, as a sentence about "it" that never repeats the token; null if there is none.</summary>
    internal static UserText? FindProblem(string token)
    {
        if (token.Length == 0) return new UserText(nameof(Messages.TokenEmpty));
        if (token.Length > TokenReply.MaxTokenLength) return new UserText(nameof(Messages.TokenTooLong), TokenReply.MaxTokenLength);
        char start = token.TrimStart().FirstOrDefault();
        if (start == '{') return new UserText(nameof(Messages.TokenIsJson));
        if (start is '"' or '\'') return new UserText(nameof(Messages.TokenInQuotationMarks));
        if (Bearer.IsMatch(token)) return new UserText(nameof(Messages.TokenWithBearer));
        if (token.Any(char.IsWhiteSpace)) return new UserText(nameof(Messages.TokenWithWhiteSpace));
        return token.Any(c => c is < ' ' or > '~') ? new UserText(nameof(Messages.TokenWithOddCharacter)) : null;
    }
}
