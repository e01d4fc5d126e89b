using System.Diagnostics;
using System.Text.Json;

namespace TcbPowerShell.Benchmarks;

/// <summary>
/// This program once more, in a process of its own that answers questions: a line of JSON each, through its standard input and output. It ends when
/// its input does, and so never outlives this process.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    internal ChildProcess(params string[] arguments)
        : this([], arguments)
    {
    }

    /// <param name="environment">Variables of its own.</param>
    /// <param name="arguments">Its arguments.</param>
    internal ChildProcess(Dictionary<string, string> environment, string[] arguments)
    {
        // By the runtime that runs it.
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Insert(0, typeof(ChildProcess).Assembly.Location);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    /// <summary>Asks, and waits for the answer.</summary>
    internal TAnswer Ask<TAnswer>(object question)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(question));
        _process.StandardInput.Flush();
        string? line = _process.StandardOutput.ReadLine();
        return line is null
            ? throw new InvalidOperationException($"'{string.Join(' ', _process.StartInfo.ArgumentList)}' ended without an answer to {question}.")
            : JsonSerializer.Deserialize<TAnswer>(line)!;
    }

    /// <summary>The child's side: answers until the questions end.</summary>
    internal static int Serve<TQuestion>(Func<TQuestion, object> answer)
    {
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(JsonSerializer.Serialize(answer(JsonSerializer.Deserialize<TQuestion>(line)!)));
        }
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Patience)) _process.Kill();
        _process.Dispose();
    }
}
