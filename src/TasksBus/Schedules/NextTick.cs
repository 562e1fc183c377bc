using TasksBus.Storage;

namespace TasksBus.Schedules;

/// <summary>What a schedule does next: the policy for ticks that were missed.</summary>
/// <param name="At">The tick that makes a task; null where none does until now.</param>
/// <param name="Next">The tick after it; it may be due too. Null: there is none any more.</param>
public readonly record struct NextTick(long? At, long? Next)
{
    /// <summary>
    /// So late a tick may be without being missed: the time that a change of leader takes, and some more. Within it every tick makes its task, whatever
    /// the policy; a schedule whose oldest tick is later was down.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The ticks at most that <see cref="CatchUp.All"/> makes up for, the latest ones.</summary>
    public const int MaxMissed = 100;

    /// <param name="due">The oldest tick that is not done.</param>
    /// <param name="now">Not before it.</param>
    public static NextTick Of(Recurrence ticks, string catchUp, long due, long now)
    {
        if (now - due <= Microseconds.Of(Patience))
        {
            return new(due, ticks.FirstFrom(due + 1));
        }

        switch (catchUp)
        {
            case CatchUp.Skip:
                return new(null, ticks.FirstFrom(now + 1));
            case CatchUp.All:
                var tick = EarliestOfLatest(ticks, due, now);
                return new(tick, ticks.FirstFrom(tick + 1));
            default:
                return new(ticks.LastUntil(now) ?? due, ticks.FirstFrom(now + 1));
        }
    }

    /// <summary>What a stored schedule does next, or why that cannot be computed here.</summary>
    /// <param name="now">Not before its oldest tick that is not done.</param>
    public static (NextTick Next, string? Fault) TryOf(StoredSchedule schedule, long now) => Try(() => Of(Recurrence.Of(schedule), schedule.CatchUp, schedule.NextAt!.Value, now));

    /// <summary>A schedule's first tick at that time or later, or why that cannot be computed here.</summary>
    public static (long? Tick, string? Fault) TryFirst(StoredSchedule schedule, long from) => Try(() => Recurrence.Of(schedule).FirstFrom(from));

    /// <summary>The tick that a schedule says is next: true also while a tick waits to be made.</summary>
    /// <param name="stored">The oldest tick that is not done; null where there is none.</param>
    public static long? Shown(Recurrence ticks, string catchUp, long? stored, long now)
    {
        if (stored is not { } due || due > now)
        {
            return stored;
        }

        var (at, next) = Of(ticks, catchUp, due, now);
        return at ?? next;
    }

    /// <summary>Whatever is thrown concerns this schedule alone: nothing is asked but what it says. The server may be another one, with other zones, than that which took it in.</summary>
    private static (T? Answer, string? Fault) Try<T>(Func<T> compute)
    {
        try
        {
            return (compute(), null);
        }
        catch (Exception exception)
        {
            return (default, $"Its ticks cannot be computed: {exception.Message}");
        }
    }

    /// <summary>The same of a stored schedule; null also where it cannot be computed here, and the leader is about to pause it.</summary>
    public static long? Shown(StoredSchedule schedule, long now) =>
        schedule.NextAt <= now ? Try(() => Shown(Recurrence.Of(schedule), schedule.CatchUp, schedule.NextAt, now)).Answer : schedule.NextAt;

    private static long EarliestOfLatest(Recurrence ticks, long due, long now)
    {
        var tick = ticks.LastUntil(now) ?? due;
        for (var i = 1; i < MaxMissed && tick > due; i++)
        {
            tick = ticks.LastUntil(tick - 1) ?? due;
        }

        return Math.Max(tick, due);
    }
}
