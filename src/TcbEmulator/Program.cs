namespace TcbPowerShell.Emulation;

internal static class Program
{
    public static void Main()
    {
        using TcbEmulator emulator = TcbEmulator.Start();
        Console.WriteLine(emulator.Endpoint);
        Console.ReadLine();
    }
}
