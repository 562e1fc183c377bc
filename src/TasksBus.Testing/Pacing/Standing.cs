using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Testing.Pacing;

/// <summary>How things stand in the store, at one moment on the harness's clock.</summary>
/// <param name="IsDue">True when a task may be released.</param>
/// <param name="TicksAreDue">True when a schedule is about to make a task.</param>
/// <param name="HasEvents">True when events wait to be published.</param>
/// <param name="Running">The ids of the running tasks.</param>
/// <param name="Next">When the next task or tick falls due after that moment. Null when none does.</param>
internal sealed record Standing(bool IsDue, bool TicksAreDue, bool HasEvents, IReadOnlyList<string> Running, DateTimeOffset? Next)
{
    public static Standing Of(SqliteDatabase database, TimeProvider clock)
    {
        var now = Microseconds.Of(clock.GetUtcNow());
        return database.Read(db => new Standing(
            db.Scalar("select 1 from waiting_tasks where due_at <= ?1 limit 1", now) is not null,
            db.Scalar("select 1 from schedules where is_paused = 0 and next_at <= ?1 limit 1", now) is not null,
            db.Scalar("select 1 from event_outbox limit 1") is not null,
            db.List("select id from running_tasks", static row => row.GetString(0)),
            Earliest(
                db.Scalar("select min(due_at) from waiting_tasks where due_at > ?1", now) as long?,
                db.Scalar("select min(next_at) from schedules where is_paused = 0 and next_at > ?1", now) as long?)));
    }

    /// <summary>The ids of all tasks, in the order in which they were stored.</summary>
    public static IReadOnlyList<TaskId> Ids(IServiceProvider services) => services.GetRequiredService<SqliteDatabase>().Read(
        static db => db.List("select id from tasks order by number", static row => TaskId.Parse(row.GetString(0))));

    /// <summary>What waits, for a message: a line for each of the first tasks and schedules, the soonest first.</summary>
    public static IReadOnlyList<string> Describe(IServiceProvider services)
    {
        const int Most = 10;
        var now = services.GetRequiredService<TestClock>().GetUtcNow();
        return services.GetRequiredService<SqliteDatabase>().Read(db =>
        {
            var tasks = db.List(
                "select w.id, t.function_name, w.due_at from waiting_tasks w join tasks t on t.number = w.number "
                    + "order by w.due_at limit ?1",
                row => $"task {row.GetString(0)} of '{row.GetString(1)}' {When(row.GetInt64(2), now, "is due")}", Most);
            var schedules = db.List(
                "select id, function_name, next_at from schedules where is_paused = 0 and next_at is not null order by next_at limit ?1",
                row => $"schedule {row.GetString(0)} of '{row.GetString(1)}' {When(row.GetInt64(2), now, "ticks")}", Most);
            return (IReadOnlyList<string>)[.. tasks, .. schedules];
        });
    }

    private static string When(long at, DateTimeOffset now, string what)
    {
        var time = Microseconds.ToTime(at);
        return time <= now ? $"{what} now" : $"{what} at {TimeText.Format(time)}, in {time - now:c}";
    }

    private static DateTimeOffset? Earliest(long? one, long? other) =>
        one is null && other is null ? null : Microseconds.ToTime(Math.Min(one ?? long.MaxValue, other ?? long.MaxValue));
}
