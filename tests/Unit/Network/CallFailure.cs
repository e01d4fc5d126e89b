using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace TcbPowerShell.Tests.Network;

/// <summary>A way in which a call can fail.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Category">The failure that the client reports.</param>
/// <param name="Doubt">Whether the client has to count with the files being gone.</param>
/// <param name="Truth">The facts to compare with: what really happened.</param>
internal sealed record CallFailure(string Name, string Category, bool Doubt, Truth Truth)
{
    /// <summary>The address that the client calls.</summary>
    internal Destination Destination { get; init; }

    /// <summary>The behaviour of the service.</summary>
    internal WireFault? Fault { get; init; }

    /// <summary>The service's certificate; null for plain HTTP.</summary>
    internal X509Certificate2? Certificate { get; init; } = TestCertificates.Good;

    /// <summary>Makes the proxy between the two; null for none.</summary>
    internal Func<HttpProxy>? Proxy { get; init; }

    /// <summary>The account that the client uses at the proxy.</summary>
    internal NetworkCredential? Account { get; init; }

    /// <summary>How often the client may log in at the proxy: with a wrong password each time brings the account nearer to being locked.</summary>
    internal int LogIns { get; init; }

    /// <summary>The time to connect in; null for no limit.</summary>
    internal TimeSpan? ConnectTimeout { get; init; }

    /// <summary>The HTTP status that the client reports.</summary>
    internal int? Status { get; init; }

    /// <summary>How long the client says it was asked to wait, in seconds.</summary>
    internal int? RetryAfter { get; init; }
}

/// <summary>The address that a client calls.</summary>
internal enum Destination
{
    /// <summary>The service.</summary>
    Service,

    /// <summary>A host that does not exist.</summary>
    NoHost,

    /// <summary>A port on which nobody listens.</summary>
    ClosedPort,

    /// <summary>A port to which no connection comes about.</summary>
    FullBacklog,
}
