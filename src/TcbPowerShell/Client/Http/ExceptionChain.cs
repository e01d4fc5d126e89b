
namespace TcbPowerShell.Client.Http;

/// <summary>Looks into an exception of the runtime, whose facts lie at different depths in different versions.</summary>
internal static class ExceptionChain
{
    /// <summary>The exception itself and those inside it, the outermost first.</summary>
    internal static IEnumerable<Exception> All(this Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException) yield return e;
    }

    /// <summary>The outermost exception of a type; null if there is none.</summary>
    internal static T? Find<T>(this Exception exception)
        where T : Exception => exception.All().OfType<T>().FirstOrDefault();
}
