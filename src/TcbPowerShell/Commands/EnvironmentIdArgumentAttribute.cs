using System.Globalization;
using System.Management.Automation;

namespace TcbPowerShell.Commands;

/// <summary>Checks an environment ID, and says what is wrong with it where ValidatePattern would show its regular expression.</summary>
internal sealed class EnvironmentIdArgumentAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (EnvironmentName.FindProblem(arguments as string ?? string.Empty) is { } problem)
            throw new ValidationMetadataException(problem.Format(CultureInfo.CurrentUICulture));
    }
}
