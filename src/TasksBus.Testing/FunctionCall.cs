using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace TasksBus.Testing;

/// <summary>One run of a function: what it got, and what it may use.</summary>
public sealed class FunctionCall
{
    private static readonly JsonSerializerOptions s_web = new(JsonSerializerDefaults.Web);

    private readonly List<string> _log = [];

    internal FunctionCall(
        JsonElement task, int number, DateTimeOffset at, TimeSpan timeLimit, IServiceProvider services, CancellationToken cancellationToken)
    {
        (Task, Number, At, TimeLimit, Services, CancellationToken) = (task, number, at, timeLimit, services, cancellationToken);
        TaskId = task.GetProperty("id").GetString()!;
    }

    /// <summary>The id of the task, 24 hex digits.</summary>
    public string TaskId { get; }

    /// <summary>The event that the function gets: the whole task in its public JSON.</summary>
    public JsonElement Task { get; }

    /// <summary>The task's input. Null when it has none.</summary>
    public JsonElement? Data => Task.TryGetProperty("data", out var data) ? data : null;

    /// <summary>Which run of the function this is in this harness. The first is 1.</summary>
    public int Number { get; }

    /// <summary>When the run began, on the harness's clock.</summary>
    public DateTimeOffset At { get; }

    /// <summary>How long the run may take.</summary>
    internal TimeSpan TimeLimit { get; }

    /// <summary>The services of the test's container, in a scope of this run.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Canceled at the function's time limit, and when the harness stops.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>What the run has logged so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_log)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Reads the input. Names of properties match in upper and lower case.</summary>
    /// <exception cref="InvalidOperationException">The task has no input.</exception>
    /// <exception cref="JsonException">The input is not a <typeparamref name="T"/>.</exception>
    public T DataAs<T>() => Data is { } data
        ? data.Deserialize<T>(s_web)!
        : throw new InvalidOperationException($"The task {TaskId} has no data. Give it some when you schedule it.");

    /// <summary>A service of the test's container.</summary>
    /// <exception cref="InvalidOperationException">The container has no such service.</exception>
    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Adds a line to the task's log.</summary>
    public void Log(string line)
    {
        lock (_log)
        {
            _log.Add(line);
        }
    }
}
