using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.UnitTests.Storage;
using Xunit;

namespace TasksBus.UnitTests.Execution;

public sealed class InvocationTests
{
    private readonly FakeTimeProvider _clock = new();

    /// <summary>This is so with a TasksBus:Lambda:AnswerMargin of minutes, for functions that take that long to start.</summary>
    [Fact]
    public async Task An_invocation_is_waited_for_as_long_as_its_invoker_says()
    {
        var invoker = new Silent { Margin = TimeSpan.FromMinutes(3) };
        var task = new TaskSaga
        {
            Id = TaskId.New(),
            FunctionName = "silent",
            ClaimId = Guid.NewGuid(),
            StartTimestamp = DateTimeOffset.UnixEpoch,
        };
        await using var engine = new SqliteEngine();
        await engine.StartAsync();
        var lease = new WorkerLease(engine.Store, TimeSpan.FromMinutes(1), _clock, NullLogger.Instance);

        var invoked = new TaskInvocation(
            invoker, TimeSpan.FromMinutes(5), new([]), new(engine.Store), _clock, NullLogger.Instance)
            .InvokeAsync(task, TimeSpan.FromSeconds(10), lease);
        _clock.Advance(TimeSpan.FromSeconds(189));
        Assert.False(invoker.IsGivenUp);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TaskErrorNames.TimeLimitExceeded, Assert.IsType<InvocationResult.Unknown>(await invoked.EndsAsync()).Name);
        Assert.InRange(TaskInvocation.DeadlineMargin(invoker), invoker.Margin + TimeSpan.FromSeconds(1), TimeSpan.MaxValue);
    }

    private sealed class Silent : IFunctionInvoker
    {
        private CancellationToken _token;

        public TimeSpan Margin { get; init; }

        public bool IsGivenUp => _token.IsCancellationRequested;

        public async Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
        {
            _token = cancellationToken;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return ScriptedInvoker.Success;
        }
    }
}
