using Cronos;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Schedules;

/// <summary>The properties of a schedule to create.</summary>
/// <param name="Task">The task of each tick. Its start time is the start of the schedule. Default: now.</param>
public sealed record NewSchedule(ScheduleTask Task)
{
    /// <summary>Seconds from tick to tick, 1 to <see cref="Recurrence.MaxInterval"/>.</summary>
    public long? Interval { get; init; }

    /// <summary>
    /// A cron expression instead of an interval: 5 fields (minute, hour, day of month, month, day of week), or 6 with the second before
    /// them.
    /// </summary>
    public string? Cron { get; init; }

    /// <summary>The time zone of the cron expression: an IANA name. Default: UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>One of <see cref="Schedules.CatchUp"/>. Default: one.</summary>
    public string? CatchUp { get; init; }

    /// <summary>One of <see cref="Schedules.Overlap"/>. Default: allow.</summary>
    public string? Overlap { get; init; }

    /// <exception cref="CommandRefusedException">The schedule breaks a rule.</exception>
    public void Check()
    {
        ScheduleRules.Check(Task);
        switch (Interval, Cron)
        {
            case (null, null):
                throw new CommandRefusedException(ErrorCode.MissingRequiredFields,
                    "interval is required: the seconds from tick to tick. Or give cron, such as '0 8 * * MON-FRI'.");
            case (not null, not null):
                throw Format("interval and cron exclude each other: give one of them.");
            case (not null, _) when Interval is < 1 or > Recurrence.MaxInterval:
                throw Format($"interval must be whole seconds, from 1 to {Recurrence.MaxInterval}; got {Interval}.");
            case (not null, _) when TimeZone is not null:
                throw Format("timeZone goes with cron: an interval is counted in UTC, whatever the clocks show.");
            case (null, _):
                CheckCron();
                break;
        }

        CheckOneOf("catchUp", CatchUp, Schedules.CatchUp.Names);
        CheckOneOf("overlap", Overlap, Schedules.Overlap.Names);
    }

    private void CheckCron()
    {
        try
        {
            CronText.Parse(Cron!);
            CronText.Zone(TimeZone);
        }
        catch (CronFormatException exception)
        {
            throw Format(
                "cron must be 5 fields (minute, hour, day of month, month, day of week), such as '0 8 * * MON-FRI', "
                + $"or 6 with the second before them. {exception.Message}");
        }
        catch (TimeZoneNotFoundException)
        {
            throw Format("timeZone must be an IANA name that the server knows, such as Europe/Brussels.");
        }
    }

    private static void CheckOneOf(string field, string? value, IReadOnlyList<string> names)
    {
        if (value is not null && !names.Contains(value))
        {
            throw Format($"{field} must be one of {string.Join(", ", names)}.");
        }
    }

    private static CommandRefusedException Format(string message) => new(ErrorCode.FieldFormat, message);
}
