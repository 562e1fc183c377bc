using System.Collections.Concurrent;
using TasksBus.Testing.Functions;
using TasksBus.Worker;

namespace TasksBus.Testing;

/// <summary>What a harness begins with.</summary>
public sealed class TasksBusTestHarnessOptions
{
    internal TasksBusTestHarnessOptions()
    {
    }

    /// <summary>The first time on the harness's clock, cut to whole milliseconds. Default: the machine's time.</summary>
    public DateTimeOffset Start { get; set; } = TimeProvider.System.GetUtcNow();

    /// <summary>
    /// How many functions may run at once, 1 to 1,000. Those that wait for the clock do not count. Default: 1, so that functions run one
    /// after the other, in the exact order in which the service releases them.
    /// </summary>
    public int AtOnce { get; set; } = 1;

    /// <summary>
    /// How long the harness waits, on the machine's clock, for a function or a consumer that neither ends nor does anything. Then it throws
    /// and says which. Default: 30 seconds.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The settings of the server that concern tasks, such as <see cref="TasksBusOptions.OnlyRegisteredFunctions"/>,
    /// <see cref="TasksBusOptions.TaskTimeLimit"/> and <see cref="TasksBusOptions.Events"/>.
    /// </summary>
    public TasksBusOptions Settings { get; } = new();

    internal ConcurrentDictionary<string, TestFunction> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a function that is not managed in TasksBus: it has no retries, and the server's time limit.</summary>
    /// <param name="name">The name that tasks give.</param>
    /// <returns>The function, which returns nothing until it is told what to do.</returns>
    public TestFunction AddFunction(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Functions.GetOrAdd(name, static name => new(name));
    }

    /// <summary>Adds a function that is managed in TasksBus, as one that was created at <c>/tasks/v1/functions</c>.</summary>
    /// <param name="configure">Sets what differs from the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <inheritdoc cref="AddFunction(string)" path="/param|/returns"/>
    public TestFunction AddFunction(string name, Action<TestFunctionSettings> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        TestFunctionSettings settings = new();
        configure(settings);
        ManagedTestFunctions.Check(settings);
        var function = AddFunction(name);
        function.Settings = settings;
        return function;
    }

    /// <summary>
    /// Adds the functions that a worker runs, so that the test runs the same code: <c>tasks.AddFunctions(ShopFunctions.Register)</c>, where
    /// the application has <c>AddTasksBusWorker(ShopFunctions.Register)</c>. The functions of a worker in the test's own container are
    /// there without this call.
    /// </summary>
    /// <param name="add">Adds the functions.</param>
    public void AddFunctions(Action<TaskFunctions> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        TaskFunctions functions = new();
        add(functions);
        AddFunctions(functions);
    }

    /// <summary>Adds functions of a worker. What the test has added itself stays.</summary>
    internal void AddFunctions(TaskFunctions functions)
    {
        foreach (var function in functions.All)
        {
            TestFunction added = new(function.Name);
            added.Runs(function);
            Functions.TryAdd(function.Name, added);
        }
    }

    /// <summary>Sets what the harness needs, whatever the test set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal TasksBusOptions ServerOptions()
    {
        if (AtOnce is < 1 or > 1_000)
        {
            throw new ArgumentOutOfRangeException(nameof(AtOnce), AtOnce, "AtOnce must be from 1 to 1,000.");
        }

        // The clock may move far at once. No heartbeat is missed by it, and each move renews the lease before anything is claimed.
        (Settings.WorkerLease, Settings.WorkerSlots, Settings.DrainTimeout) = (TimeSpan.FromDays(240), 10_000, TimeSpan.Zero);
        return Settings;
    }
}
