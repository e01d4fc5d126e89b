using System.Management.Automation;

namespace TcbPowerShell.Benchmarks;

/// <summary>What PowerShell itself costs: the parameter of Remove-TcbCloudFile, ShouldProcess and an object for each ID, and nothing else.</summary>
[Cmdlet(VerbsCommunications.Write, "FloorObject", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(FloorObject))]
public sealed class WriteFloorObjectCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string?[]? FileId { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string? id in FileId ?? [])
        {
            if (ShouldProcess(id, "Remove cloud file from environment test2-4a89da")) WriteObject(new FloorObject(id));
        }
    }
}
