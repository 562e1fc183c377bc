using TasksBus.Storage;

namespace TasksBus.Schedules;

/// <summary>What a schedule does next, by the policy for missed ticks.</summary>
/// <param name="At">The tick that makes a task. Null when none does so far.</param>
/// <param name="Next">The tick after it, which may be due too. Null when there is none any more.</param>
internal readonly record struct NextTick(long? At, long? Next)
{
    /// <summary>
    /// A tick that is no later than this was not missed. It is the time of a change of leader, and some more. Within it every tick makes
    /// its task, whatever the policy is. If a schedule's oldest tick is later, no leader made its ticks for a while. Then the policy
    /// decides.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The largest number of ticks for which <see cref="CatchUp.All"/> makes tasks: the latest ones.</summary>
    public const int MaxMissed = 100;

    /// <param name="due">The oldest tick that is not done.</param>
    /// <param name="now">The current time, not before that tick.</param>
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

    /// <summary>What a stored schedule does next, or the reason why that cannot be computed here.</summary>
    /// <param name="now">The current time, not before the oldest tick that is not done.</param>
    public static (NextTick Next, string? Fault) TryOf(StoredSchedule schedule, long now) =>
        Try(() => Of(Recurrence.Of(schedule), schedule.CatchUp, schedule.NextAt!.Value, now));

    /// <summary>A schedule's first tick at or after that time, or the reason why it cannot be computed here.</summary>
    public static (long? Tick, string? Fault) TryFirst(StoredSchedule schedule, long from) =>
        Try(() => Recurrence.Of(schedule).FirstFrom(from));

    /// <summary>The next tick that a schedule shows. It is correct also while a tick waits to be made.</summary>
    /// <param name="stored">The oldest tick that is not done. Null when there is none.</param>
    public static long? Shown(Recurrence ticks, string catchUp, long? stored, long now)
    {
        if (stored is not { } due || due > now)
        {
            return stored;
        }

        var (at, next) = Of(ticks, catchUp, due, now);
        return at ?? next;
    }

    /// <summary>
    /// Any exception concerns this schedule alone, because only its own values are used. This server may have other time zones than the one
    /// that accepted the schedule.
    /// </summary>
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

    /// <summary>
    /// The same for a stored schedule. Also null when it cannot be computed here, and the leader is about to pause the schedule.
    /// </summary>
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
