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

    /// <summary>Returns null when the schedule is valid.</summary>
    public Refusal? Check()
    {
        if (ScheduleRules.Check(Task) is { } refusal)
        {
            return refusal;
        }

        return (Interval, Cron) switch
        {
            (null, null) => new(
                ErrorCode.MissingRequiredFields,
                "interval is required: the seconds from tick to tick. Or give cron, such as '0 8 * * MON-FRI'."),
            (not null, not null) => new(ErrorCode.FieldFormat, "interval and cron exclude each other: give one of them."),
            (not null, null) when Interval is < 1 or > Recurrence.MaxInterval =>
                new(ErrorCode.FieldFormat, $"interval must be whole seconds, from 1 to {Recurrence.MaxInterval}; got {Interval}."),
            (not null, null) when TimeZone is not null =>
                new(ErrorCode.FieldFormat, "timeZone goes with cron: an interval is counted in UTC, whatever the clocks show."),
            (not null, null) => null,
            _ => CheckCron(),
        } ?? OneOf("catchUp", CatchUp, Schedules.CatchUp.Names) ?? OneOf("overlap", Overlap, Schedules.Overlap.Names);
    }

    private Refusal? CheckCron()
    {
        try
        {
            CronText.Parse(Cron!);
            CronText.Zone(TimeZone);
            return null;
        }
        catch (CronFormatException exception)
        {
            return new(ErrorCode.FieldFormat,
                "cron must be 5 fields (minute, hour, day of month, month, day of week), such as '0 8 * * MON-FRI', or 6 with the second "
                    + $"before them. {exception.Message}");
        }
        catch (TimeZoneNotFoundException)
        {
            return new(ErrorCode.FieldFormat, "timeZone must be an IANA name that the server knows, such as Europe/Brussels.");
        }
    }

    private static Refusal? OneOf(string field, string? value, IReadOnlyList<string> names) =>
        value is null || names.Contains(value) ? null : new(ErrorCode.FieldFormat, $"{field} must be one of {string.Join(", ", names)}.");
}
