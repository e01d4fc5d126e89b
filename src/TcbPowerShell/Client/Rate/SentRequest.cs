namespace TcbPowerShell.Client.Rate;

/// <summary>A request in flight, as the sending rate sees it.</summary>
/// <param name="Ordinal">The number of the request, from 1.</param>
/// <param name="InFlight">How many requests were in flight once it had left, itself included.</param>
/// <param name="At">When it left.</param>
internal readonly record struct SentRequest(long Ordinal, int InFlight, TimeSpan At);
