using System.Text.Json;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Testing.Functions;
using TasksBus.Testing.Messaging;
using TasksBus.Testing.Pacing;
using TasksBus.Triggers;

namespace TasksBus.Testing;

/// <summary>
/// TasksBus in memory, for one test. It takes commands from the bus at any time, and runs tasks when the test says so, on a clock that only
/// the test moves.
/// </summary>
public sealed class TasksBusTestHarness : IAsyncDisposable
{
    private readonly Pacer _pacer;
    private readonly TestClock _clock;
    private readonly TestInvoker _functions;
    private ServiceProvider? _own;
    private int _isDisposed;

    /// <summary>Called by the container.</summary>
    /// <param name="services">The container of <see cref="TasksBusTestHarnessExtensions.AddTasksBusTestHarness"/>.</param>
    public TasksBusTestHarness(IServiceProvider services)
    {
        Services = services;
        (_pacer, _clock, _functions) = (
            services.GetRequiredService<Pacer>(), services.GetRequiredService<TestClock>(), services.GetRequiredService<TestInvoker>());
    }

    /// <summary>The test's container.</summary>
    public IServiceProvider Services { get; }

    /// <summary>MassTransit's test harness, on the same bus.</summary>
    public ITestHarness MassTransitHarness => Services.GetRequiredService<ITestHarness>();

    /// <summary>
    /// MassTransit's harness of the state machine. The id of a task's saga is <see cref="TaskId.ToGuid"/>; its states are those of the
    /// stored task.
    /// </summary>
    public ISagaStateMachineTestHarness<TaskLifecycle, TaskSaga> Saga =>
        Services.GetRequiredService<ISagaStateMachineTestHarness<TaskLifecycle, TaskSaga>>();

    /// <summary>The bus on which tasks are published and events arrive.</summary>
    public IBus Bus => Services.GetRequiredService<IBus>();

    /// <summary>The clock. Only the test moves it.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>The time on the clock.</summary>
    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>The messages that were refused so far.</summary>
    public IReadOnlyList<RefusedMessage> Refused => Services.GetRequiredService<TestTransport>().Refused;

    /// <summary>Makes and starts a harness with a container of its own, which ends with it.</summary>
    /// <inheritdoc cref="TasksBusTestHarnessExtensions.AddTasksBusTestHarness" path="/param"/>
    public static async Task<TasksBusTestHarness> StartAsync(
        Action<TasksBusTestHarnessOptions>? configure = null, Action<IBusRegistrationConfigurator>? configureBus = null)
    {
        var services = new ServiceCollection().AddTasksBusTestHarness(configure, configureBus).BuildServiceProvider(validateScopes: true);
        try
        {
            var harness = services.GetTasksBusTestHarness();
            harness._own = services;
            await harness.StartAsync();
            return harness;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the hosted services of a container that no host starts. Do not call it in a host.</summary>
    public Task StartAsync() => MassTransitHarness.Start();

    /// <summary>The function of that name. It is added if there is none.</summary>
    public TestFunction Function(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _functions.Of(name);
    }

    /// <summary>Manages a function from now on, or changes its settings, as <c>/tasks/v1/functions</c> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public async Task<TestFunction> ManageFunctionAsync(string name, Action<TestFunctionSettings> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var function = Function(name);
        TestFunctionSettings settings = new();
        configure(settings);
        ManagedTestFunctions.Check(settings);
        await Services.GetRequiredService<ManagedTestFunctions>().StoreAsync(name, settings);
        function.Settings = settings;
        return function;
    }

    /// <summary>Schedules a task, as POST <c>/tasks/v1/</c> does.</summary>
    /// <returns>The task's id, 24 hex digits.</returns>
    /// <exception cref="CommandRefusedException">The service refuses the task. The message says why and how to mend it.</exception>
    public async Task<string> ScheduleAsync(ScheduleTask task)
    {
        ScheduleRules.Check(task);
        var id = task.TaskId is { } given ? TaskId.Parse(given)
            : task.IdempotencyKey is { } key ? TaskId.FromKey(key)
            : TaskId.New(_clock);
        return (await Services.GetRequiredService<TaskIntake>().ScheduleAsync(id, task)).Id.ToString();
    }

    /// <summary>Schedules a task that starts at once.</summary>
    /// <param name="data">The input, which becomes a JSON object with camel-case names. Null for none.</param>
    /// <inheritdoc cref="ScheduleAsync(ScheduleTask)"/>
    public Task<string> ScheduleAsync(string functionName, object? data = null) => ScheduleAsync(new ScheduleTask
    {
        FunctionName = functionName,
        Data = data is null ? null : JsonSerializer.SerializeToElement(data, JsonSerializerOptions.Web),
    });

    /// <summary>Makes a schedule, as POST <c>/tasks/v1/schedules</c> does.</summary>
    /// <returns>The schedule's id, 24 hex digits.</returns>
    /// <exception cref="CommandRefusedException">The service refuses the schedule. The message says why and how to mend it.</exception>
    public async Task<string> AddScheduleAsync(NewSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        schedule.Check();
        return (await Services.GetRequiredService<ScheduleBook>().CreateAsync(schedule, null, null)).Row.Id.ToString();
    }

    /// <summary>Makes a dispatcher, as POST <c>/dispatchers/v1/</c> does.</summary>
    /// <returns>The dispatcher's id, 24 hex digits.</returns>
    /// <exception cref="CommandRefusedException">The service refuses the dispatcher. The message says why and how to mend it.</exception>
    public async Task<string> AddDispatcherAsync(NewTrigger dispatcher)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        dispatcher.Check();
        return (await Services.GetRequiredService<TriggerBook>().CreateAsync(dispatcher, null, null)).Id.ToString();
    }

    /// <summary>Raises an event, as POST <c>/events/v1/</c> does.</summary>
    /// <returns>The event's id, 24 hex digits.</returns>
    /// <exception cref="CommandRefusedException">The service refuses the event. The message says why and how to mend it.</exception>
    public async Task<string> RaiseAsync(EventOccurred raised)
    {
        ArgumentNullException.ThrowIfNull(raised);
        ScheduleRules.Refuse(EventRules.FaultOf(raised));
        var id = raised.EventId is { } given ? TaskId.Parse(given)
            : raised.IdempotencyKey is { } key ? TaskId.FromKey(key)
            : TaskId.New(_clock);
        return (await Services.GetRequiredService<EventIntake>().RaiseAsync(id, NewEvent.Of(raised))).Id.ToString();
    }

    /// <summary>Cancels a task that is still new.</summary>
    /// <returns>True when this call canceled it.</returns>
    public async Task<bool> CancelAsync(string taskId) =>
        (await Services.GetRequiredService<TaskIntake>().CancelAsync(TaskId.Parse(taskId))).Canceled;

    /// <summary>
    /// Runs everything that is due now: messages that are under way, tasks, and the tasks that those schedule. It returns when nothing is
    /// due any more, and every running function waits for the clock.
    /// </summary>
    /// <exception cref="TimeoutException">A function or a consumer did not end within the patience of the options.</exception>
    public Task RunAllAsync(CancellationToken cancellationToken = default) => _pacer.RunAllAsync(cancellationToken);

    /// <summary>Moves the clock forward. Everything that falls due on the way runs at its time.</summary>
    /// <inheritdoc cref="RunAllAsync" path="/exception"/>
    public Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return AdvanceToAsync(Now + by, cancellationToken);
    }

    /// <summary>Moves the clock to that time. A time that has passed only runs what is due.</summary>
    /// <inheritdoc cref="AdvanceAsync" path="/exception"/>
    public Task AdvanceToAsync(DateTimeOffset time, CancellationToken cancellationToken = default) =>
        _pacer.AdvanceToAsync(time, cancellationToken);

    /// <summary>A task, to look at and to assert on. It need not exist yet.</summary>
    /// <param name="id">24 hex digits.</param>
    /// <exception cref="FormatException">The id is none.</exception>
    public TaskUnderTest Task(string id) => Task(TaskId.Parse(id));

    /// <summary>A task, to look at and to assert on. It need not exist yet.</summary>
    public TaskUnderTest Task(TaskId id) => new(this, id);

    /// <summary>Every task that is stored, in the order in which they were stored.</summary>
    public async Task<IReadOnlyList<TaskUnderTest>> TasksAsync()
    {
        await RunAllAsync();
        return [.. Standing.Ids(Services).Select(id => new TaskUnderTest(this, id))];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        await _pacer.StopAsync();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }
}
