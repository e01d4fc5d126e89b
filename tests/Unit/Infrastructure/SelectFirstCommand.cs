using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Reflection;

namespace TcbPowerShell.Tests.Infrastructure;

/// <summary>
/// Ends the pipeline before it as <c>Select-Object -First</c> does, which is not in the engine's package: by an exception that only the engine
/// can make. The cmdlets upstream see neither EndProcessing nor StopProcessing.
/// </summary>
[Cmdlet(VerbsCommon.Select, "First")]
public sealed class SelectFirstCommand : PSCmdlet
{
    private int _count;

    /// <summary>How many objects pass.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public int First { get; set; }

    /// <summary>The objects that pass.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        WriteObject(InputObject);
        if (++_count == First) throw MakeStop();
    }

    private Exception MakeStop()
    {
        Type type = typeof(PSCmdlet).Assembly.GetType("System.Management.Automation.StopUpstreamCommandsException", throwOnError: true)!;
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        return (Exception)type.GetConstructor(Any, [typeof(InternalCommand)])!.Invoke([this]);
    }
}
