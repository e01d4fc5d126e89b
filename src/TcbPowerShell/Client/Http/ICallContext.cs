
namespace TcbPowerShell.Client.Http;

/// <summary>What a call can do for the run that it belongs to: say something, and have something done on the pipeline thread.</summary>
internal interface ICallContext
{
    /// <summary>Ends what waits to be sent: when the run is stopped, and when nothing more of it can succeed.</summary>
    CancellationToken Waits { get; }

    /// <summary>Ends calls under way: when the run is stopped.</summary>
    CancellationToken Calls { get; }

    /// <summary>Whether anybody reads <see cref="Traffic"/>.</summary>
    bool WantsTraffic { get; }

    /// <summary>Shows a request or a reply, from which the secrets have been taken out.</summary>
    void Traffic(string text);

    /// <summary>Says what is going on.</summary>
    void Verbose(string text);

    /// <summary>Says what the user must know.</summary>
    void Warning(string text);

    /// <summary>Does something on the pipeline thread, for what only runs there: the user's own script. <see cref="Waits"/> ends the wait.</summary>
    Task<string> OnPipelineThreadAsync(Func<string> work);
}
