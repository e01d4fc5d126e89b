namespace TcbPowerShell.Tests.Client.Rate.Simulation;

/// <summary>The delays that the client's machine adds to a simulated run. Times are seconds.</summary>
/// <param name="ColdStart">How much longer the first flight takes: connections are opened, and code is compiled.</param>
/// <param name="Lateness">How late a timer may be.</param>
internal readonly record struct SimulatedMachine(double ColdStart, double Lateness);
