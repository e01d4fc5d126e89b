
namespace TcbPowerShell.Client.Tokens;

/// <summary>Tells a token from what merely was meant to be one, before it is sent.</summary>
internal static class TokenText
{
    /// <summary>What is wrong with a token, as the rest of a sentence that begins with what it came from; never the token itself.</summary>
    internal static string? FindProblem(string token)
    {
        if (token.Length == 0) return "is empty";
        if (token.Any(char.IsWhiteSpace)) return "holds white space: most likely a line end or a cut was read along with it";
        return token.Any(c => c is < ' ' or > '~') ? "holds a character that no token has" : null;
    }
}
