namespace TcbPowerShell.Benchmarks;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">How often everything is measured.</param>
/// <param name="Waves">The number of requests that follow one another on each connection, against the slow service.</param>
/// <param name="Lists">The lengths of lists whose memory is compared.</param>
/// <param name="Piped">The number of IDs that come from Get-Content.</param>
/// <param name="Listed">The number of files that the slow service lists.</param>
/// <param name="Copied">The number of files that are copied.</param>
/// <param name="LargeMegabytes">The length of the one large file that is copied.</param>
/// <param name="Pipelines">The numbers of files whose memory is compared in a pipeline that finds, saves and removes them.</param>
internal sealed record Plan(int Rounds, int Waves, int[] Lists, int Piped, int Listed, int Copied, int LargeMegabytes, int[] Pipelines)
{
    internal static readonly Plan Full = new(3, 40, [10_000, 100_000, 1_000_000], 200_000, 100_000, 2_000, 2_000, [1_000, 10_000]);

    /// <summary>One round with shorter lists: shows that everything works, not what it achieves.</summary>
    internal static readonly Plan Quick = new(1, 5, [1_000, 10_000, 50_000], 20_000, 10_000, 200, 100, [100, 1_000]);
}
