using TcbPowerShell.Model;
using TcbPowerShell.Tests.Commands;
using Xunit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Scripts rely on error IDs: each has a test that produces it, or a reason why not yet.</summary>
public sealed class ErrorIdTests
{
    [Fact]
    public void EachFailureKind_IsProducedByAScenario_OrPending() =>
        Assert.Equal(
            Enum.GetValues<ErrorId>().Order(),
            ErrorScenario.All.Select(scenario => scenario.Kind).Distinct().Concat(ErrorScenario.Pending.Keys).Order());

    [Fact]
    public void Pending_EachHasAReason() => Assert.All(ErrorScenario.Pending.Values, reason => Assert.NotEmpty(reason));
}
