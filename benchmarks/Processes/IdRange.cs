namespace TcbPowerShell.Benchmarks;

/// <summary>File IDs by number, so that two processes can speak of a million of them.</summary>
internal sealed record IdRange(int First, int Count)
{
    /// <summary>The IDs, as long as real ones, made one at a time.</summary>
    internal IEnumerable<string> ToFileIds() => Enumerable.Range(First, Count).Select(i =>
        $"cloud://{Session.EnvironmentId}.7465-{Session.EnvironmentId}-1258717764/商品图/2024春季/{i / 100:0000}/红色连衣裙  {i:0000000}.png");
}
