using TasksBus.Worker;
using TasksBus.Worker.Hosting;
using Xunit;

namespace TasksBus.UnitTests.Execution;

/// <summary>Several workers of one application.</summary>
public sealed class WorkerPoolTests
{
    [Fact]
    public void Workers_with_different_functions_in_one_pool_are_refused()
    {
        var refused = Assert.Throws<WorkerStartException>(
            () => WorkersService.RequirePools([Of("shop", "resize"), Of("other", "pay"), Of("shop", "invoice", "mail")]));

        Assert.Contains("in the pool 'shop': resize; and invoice, mail.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Workers_with_pools_of_their_own_or_the_same_functions_start() =>
        WorkersService.RequirePools([Of("shop", "resize"), Of("other", "pay"), Of("shop", "resize")]);

    private static (WorkerSettings Settings, IReadOnlyList<string> Functions) Of(string pool, params string[] functions) =>
        (new("Host=db", new("amqp://broker"), new() { Pool = pool }), functions);
}
