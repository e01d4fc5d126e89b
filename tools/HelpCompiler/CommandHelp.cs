namespace TcbPowerShell.Help;

/// <summary>A cmdlet's page.</summary>
internal sealed record CommandHelp(string Name, string HelpFile)
{
    internal required string Synopsis { get; init; }

    internal required string[] Description { get; init; }

    internal required SyntaxHelp[] Syntax { get; init; }

    internal required ParameterHelp[] Parameters { get; init; }

    internal required TypeHelp[] Inputs { get; init; }

    internal required TypeHelp[] Outputs { get; init; }

    internal required string[] Notes { get; init; }

    internal required ExampleHelp[] Examples { get; init; }

    internal required LinkHelp[] Links { get; init; }
}

/// <summary>A parameter set.</summary>
/// <param name="Parameters">The facts of its parameters, in the order of the syntax.</param>
internal sealed record SyntaxHelp(ParameterFacts[] Parameters);

/// <summary>A parameter.</summary>
/// <param name="Description">Its description, a string for each paragraph.</param>
/// <param name="Facts">Its facts; where they differ between parameter sets, those of each.</param>
internal sealed record ParameterHelp(string[] Description, ParameterFacts[] Facts);

/// <summary>The help of a parameter in some of its cmdlet's parameter sets.</summary>
internal sealed record ParameterFacts(
    string Name, string Type, string[] Sets, string Aliases, bool Required, string Position, string Default, string Pipeline, bool Wildcards);

/// <summary>A type that comes in or goes out.</summary>
internal sealed record TypeHelp(string Name, string[] Description);

/// <summary>An example.</summary>
internal sealed record ExampleHelp(string Title, string Code, string[] Remarks);

/// <summary>A link; without an address it names other help.</summary>
internal sealed record LinkHelp(string Text, string Uri);
