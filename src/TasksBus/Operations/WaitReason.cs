using System.Globalization;
using TasksBus.Functions;
using TasksBus.Storage;

namespace TasksBus.Operations;

/// <summary>Why a waiting task has not started yet.</summary>
/// <param name="Code">One of the constants of this type. Stable.</param>
/// <param name="Message">The same for people, with what to do about it.</param>
public sealed record WaitReason(string Code, string Message)
{
    /// <summary>Its start time is still to come.</summary>
    public const string NotDue = "notDue";

    /// <summary>Its function was throttled, and is tried again later.</summary>
    public const string Throttled = "throttled";

    /// <summary>Its function did not run for another reason, and is tried again later.</summary>
    public const string TriedAgainLater = "triedAgainLater";

    /// <summary>Nothing may be released.</summary>
    public const string Held = "held";

    /// <summary>No process does the work of a dispatcher.</summary>
    public const string NoDispatcher = "noDispatcher";

    /// <summary>Its pool has no worker.</summary>
    public const string NoWorker = "noWorker";

    /// <summary>Not each worker of its pool has its function.</summary>
    public const string FunctionMissing = "functionMissing";

    /// <summary>All slots of its pool are taken.</summary>
    public const string NoFreeSlot = "noFreeSlot";

    private const int MaxReason = 500;

    /// <summary>It is its turn, or nearly.</summary>
    public const string Soon = "soon";

    /// <summary>Every code, in the order in which they are looked for.</summary>
    public static IReadOnlyList<string> Codes { get; } =
        [NotDue, Throttled, TriedAgainLater, Held, NoDispatcher, NoWorker, FunctionMissing, NoFreeSlot, Soon];

    /// <summary>Finds the first reason that holds.</summary>
    public static WaitReason Of(QueuePlace place, SystemStatus status)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(status);
        var aside = PoolNames.PartsOf(place.Pool);
        var pool = aside?.Pool ?? place.Pool;
        var workers = status.WorkersOf(pool);
        var (slots, running) = (workers.Sum(static worker => worker.Slots), workers.Sum(static worker => worker.Running));
        return place switch
        {
            { IsDue: false, NotRunCount: 0 } => new(NotDue, $"It starts at {TimeText.Format(place.DueAt)}."),
            { IsDue: false } => new(
                place.NotRun is { Name: var name } && LaterErrors.Throttling.Contains(name) ? Throttled : TriedAgainLater,
                $"Its function did not run when it was to ({Times(place.NotRunCount)} so far)"
                    + (place.NotRun is { } error
                        ? $", the last time because of {error.Name}: {Ended(Excerpt.Of(error.Message, MaxReason))}" : ".")
                    + $" It is tried again at {TimeText.Format(place.DueAt)}."),
            _ when status.HeldBecause is { } reason => new(Held, $"Nothing is released: {reason}."),
            _ when status.Leader is null => new(
                NoDispatcher,
                "No process with the role dispatcher is at work. Another takes over within seconds; if there is none, start one."),
            _ when workers.Count == 0 => new(
                NoWorker,
                $"No worker of the pool '{pool}' is alive. Start one, with TasksBus:Pool={pool}, or find out why those that "
                    + "there are cannot reach the database."),
            _ when aside is { Function: var function } => new(
                FunctionMissing,
                $"Not each worker of the pool '{pool}' has the function '{function}'. It starts once all of them have it: end the roll-out "
                    + "of the version that has it, or stop the workers that lack it."),
            _ when running >= slots => new(
                NoFreeSlot,
                $"All {Number(slots)} slots of the pool '{pool}' are taken, and {Ahead(place)} due tasks are more urgent. More "
                    + "workers, or more slots (TasksBus:WorkerSlots), start it earlier."),
            _ => new(Soon, $"It starts as soon as a worker takes it. {Ahead(place)} due tasks of its pool are more urgent."),
        };
    }

    private static string Ahead(QueuePlace place) =>
        (place.Ahead >= IStatusReader.MostCounted ? "at least " : "") + Number(place.Ahead);

    private static string Ended(string sentence) => sentence.EndsWith('.') ? sentence : $"{sentence}.";

    private static string Times(int count) => count == 1 ? "once" : $"{Number(count)} times";

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
