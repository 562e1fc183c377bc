using TasksBus.Contracts;

namespace TasksBus;

/// <summary>The event types that are written and published.</summary>
public sealed class KeptEvents(IEnumerable<Type> types)
{
    private readonly HashSet<Type> _types = [.. types];

    /// <summary>Every event type.</summary>
    public static IReadOnlyList<Type> All { get; } =
        [typeof(TaskScheduled), typeof(TaskStarted), typeof(TaskCompleted), typeof(TaskFailed), typeof(TaskCanceled), typeof(TaskRetried)];

    /// <summary>The events of final states. This is the default.</summary>
    public static IReadOnlyList<Type> Final { get; } = [
        typeof(TaskCompleted), typeof(TaskFailed), typeof(TaskCanceled), typeof(TaskRetried)];

    /// <summary>
    /// The type in the outbox of what the leader does not publish but raises: the failures of tasks, as events that trigger tasks.
    /// </summary>
    public static Type Raised => typeof(EventOccurred);

    /// <summary>The event types that a server writes by its settings.</summary>
    public static KeptEvents Of(TasksBusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var published = options.Events is { } names ? All.Where(type => names.Contains(type.Name)) : Final;
        return new(options.TaskFailedEvents ? published.Append(Raised) : published);
    }

    /// <summary>Returns true when events of this type are published.</summary>
    public bool Keeps(Type type) => _types.Contains(type);
}
