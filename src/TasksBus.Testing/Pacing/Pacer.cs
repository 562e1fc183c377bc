using MassTransit;
using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.Schedules;
using TasksBus.Storage.Sqlite;
using TasksBus.Testing.Functions;
using TasksBus.Testing.Messaging;

namespace TasksBus.Testing.Pacing;

/// <summary>
/// Paces the engine: lets ticks, releases and events go on until nothing is due, and moves the clock from one moment to the next at which
/// something happens. The parts are those of the server. Only their loops do not run, so no time passes but the test's.
/// </summary>
internal sealed class Pacer : IDisposable
{
    /// <summary>How long bus and worker may take to start, in the first test of a process and on a busy machine.</summary>
    private static readonly TimeSpan s_startPatience = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Tasks start when all messages are handled, so that a cancel that was sent is heard first. A consumer of the user's in which nothing
    /// happens for so long may itself wait for a task.
    /// </summary>
    private static readonly TimeSpan s_consumersPatience = TimeSpan.FromMilliseconds(300);

    private readonly TasksBusTestHarnessOptions _options;
    private readonly TestClock _clock;
    private readonly TestInvoker _functions;
    private readonly BusTraffic _traffic;
    private readonly Activity _activity;
    private readonly SqliteDatabase _database;
    private readonly Execution.Worker _worker;
    private readonly Dispatcher _dispatcher;
    private readonly EventPublisher _events;
    private readonly Ticks _ticks;
    private readonly Leadership _leadership;
    private readonly IBusControl _bus;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _once = new();
    private Task? _started;
    private Task? _stopped;
    private (int Slots, DateTimeOffset At) _offered;

    public Pacer(
        TasksBusTestHarnessOptions options, TestClock clock, TestInvoker functions, BusTraffic traffic, Activity activity,
        SqliteDatabase database, Execution.Worker worker, Dispatcher dispatcher, EventPublisher events, Ticks ticks, Leadership leadership,
        Signals signals, IBusControl bus)
    {
        (_options, _clock, _functions, _traffic, _activity, _database) = (options, clock, functions, traffic, activity, database);
        (_worker, _dispatcher, _events, _ticks, _leadership, _bus) = (worker, dispatcher, events, ticks, leadership, bus);
        signals.Notify = _ => activity.Note();
    }

    /// <summary>True once the services of the container were told to start, and the bus with them.</summary>
    public bool IsHosted { get; set; }

    /// <summary>Runs everything that is due now, and everything that falls due by it without the clock moving.</summary>
    /// <exception cref="TimeoutException">Nothing happened for the patience of the options, and something has not ended.</exception>
    public Task RunAllAsync(CancellationToken cancellationToken) => InTurnAsync(() => RunDueAsync(cancellationToken), cancellationToken);

    /// <summary>Moves the clock to that time. On the way it stops wherever something falls due, and runs it.</summary>
    public Task AdvanceToAsync(DateTimeOffset time, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        await RunDueAsync(cancellationToken);
        while (_clock.GetUtcNow() < time)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _clock.MoveTo(Next() is { } next && next < time ? next : time);
            await RunDueAsync(cancellationToken);
        }
    }, cancellationToken);

    /// <summary>Ends what runs. It may be called more than once.</summary>
    public Task StopAsync()
    {
        lock (_once)
        {
            return _stopped ??= Task.Run(async () =>
            {
                _functions.Stop();
                if (_started is not null)
                {
                    await _started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await _worker.StopAsync(CancellationToken.None);
                }
            });
        }
    }

    public void Dispose() => _turn.Dispose();

    private DateTimeOffset? Next()
    {
        var (stored, timer) = (Standing.Of(_database, _clock).Next, _clock.NextTimer);
        return stored is null || timer < stored ? timer : stored;
    }

    private async Task InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        if (_clock.Run is { } run)
        {
            throw new InvalidOperationException(
                $"The function of task {run.Call.TaskId} asks the harness to run tasks, and would wait for itself. Let the test ask.");
        }

        await StartAsync().WaitAsync(cancellationToken);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await work();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Starts the worker, unless it has started. A start that failed is tried again by the next caller.</summary>
    private Task StartAsync()
    {
        lock (_once)
        {
            return _stopped is not null
                ? throw new ObjectDisposedException(nameof(TasksBusTestHarness), "The harness has stopped.")
                : _started is null or { IsFaulted: true } ? _started = StartWorkerAsync() : _started;
        }
    }

    private async Task StartWorkerAsync()
    {
        if (!IsHosted || await _bus.WaitForHealthStatus(BusHealthStatus.Healthy, s_startPatience) != BusHealthStatus.Healthy)
        {
            throw new InvalidOperationException(
                "The bus does not run. Start the host, or call StartAsync on the harness, before tasks are to run.");
        }

        await _worker.StartAsync(CancellationToken.None);
        try
        {
            await _worker.Ready.WaitAsync(s_startPatience);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"The harness did not start within {s_startPatience.TotalSeconds} seconds. Is the machine too busy, or does a test block "
                    + "its threads?",
                exception);
        }
    }

    private async Task RunDueAsync(CancellationToken cancellationToken)
    {
        var (changed, last) = (TimeProvider.System.GetTimestamp(), -1L);
        while (true)
        {
            var seen = _activity.Count;
            var standing = await RoundAsync(
                _traffic.IsInConsumer && TimeProvider.System.GetElapsedTime(changed) > s_consumersPatience, cancellationToken);
            if (IsIdle(standing) && _activity.Count == seen)
            {
                return;
            }

            if (seen != last)
            {
                (changed, last) = (TimeProvider.System.GetTimestamp(), seen);
            }
            else if (TimeProvider.System.GetElapsedTime(changed) > _options.Patience)
            {
                throw new TimeoutException(Stuck(standing));
            }

            await _activity.WaitAsync(seen, cancellationToken);
        }
    }

    /// <param name="consumersWait">True when consumers may wait for tasks.</param>
    private async Task<Standing> RoundAsync(bool consumersWait, CancellationToken cancellationToken)
    {
        var standing = Standing.Of(_database, _clock);
        // A function whose time is up at the moment of a tick ends first.
        if (standing.TicksAreDue && AllWait(standing) && await _leadership.TermAsync(cancellationToken) is { } term)
        {
            await _ticks.MakeDueAsync(term.Epoch, cancellationToken);
            standing = Standing.Of(_database, _clock);
        }

        if (standing.IsDue && (_traffic.IsQuiet || consumersWait))
        {
            await OfferAsync();
            await _dispatcher.TryRoundAsync(cancellationToken);
        }

        if (standing.HasEvents)
        {
            await _events.TryRoundAsync(cancellationToken);
        }

        return Standing.Of(_database, _clock);
    }

    /// <summary>
    /// Offers slots for the functions that wait for the clock, and for as many others as may run at once. The heartbeat renews the lease,
    /// for which the clock may have moved far.
    /// </summary>
    private async Task OfferAsync()
    {
        var offer = (_functions.Waiting + _options.AtOnce, _clock.GetUtcNow());
        if (offer != _offered)
        {
            await _worker.OfferAtMostAsync(offer.Item1);
            _offered = offer;
        }
    }

    /// <summary>
    /// The bus is looked at after the store. A function that sends and ends meanwhile is seen in one of them, or the activity tells.
    /// </summary>
    private bool IsIdle(Standing standing) =>
        standing is { IsDue: false, TicksAreDue: false, HasEvents: false }
        && AllWait(standing) && _traffic.IsQuiet;

    private bool AllWait(Standing standing) => standing.Running.All(Waits);

    private bool Waits(string taskId) => _functions.Runs.TryGetValue(taskId, out var run) && run.Waits;

    private string Stuck(Standing standing)
    {
        var running = standing.Running.Where(id => !Waits(id))
            .Select(id => $"the function of task {id} has not ended; one that is to hang is made with Hangs()");
        var messages = _traffic.UnderWay.Select(static type => $"a {type} is not handled: its consumer waits, or its queue has none");
        return $"Nothing has happened for {_options.Patience.TotalSeconds:0.#} seconds, and not everything has ended: "
            + string.Join("; ", [.. running, .. messages, .. standing.IsDue ? ["tasks are due and do not start"] : Array.Empty<string>()])
            + ".";
    }
}
