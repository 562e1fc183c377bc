namespace TasksBus.Storage.Model;

// Times are whole microseconds since 1970 in UTC. What a task is, is written once; where it stands is the one table of three that
// holds its number: waiting, running or finished. A transition moves it from one to the next, so no row and no index of the large
// tables is ever updated.

/// <summary>What a task is: written once, never changed.</summary>
public sealed class TaskRow
{
    public long Number { get; set; }

    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";
    public string FunctionName { get; set; } = "";
    public string Pool { get; set; } = "";
    public long Priority { get; set; }
    public long StartAt { get; set; }
    public long CreatedAt { get; set; }
    public string? Data { get; set; }

    /// <summary>A JSON array of strings, or null.</summary>
    public string? Tags { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }

    /// <summary>A JSON array of ids, or null.</summary>
    public string? RetryForTaskIds { get; set; }
}

/// <summary>A task that is new: its place in the ready queue.</summary>
public sealed class WaitingRow
{
    public long Number { get; set; }
    public string Id { get; set; } = "";
    public string Pool { get; set; } = "";
    public long Priority { get; set; }
    public long StartAt { get; set; }

    /// <summary>The start time, or later after a backoff.</summary>
    public long DueAt { get; set; }
    public bool IsReady { get; set; }
    public long Version { get; set; }
    public long ChangedAt { get; set; }
    public long? NotRunSince { get; set; }
    public int NotRunCount { get; set; }
}

/// <summary>A task in progress.</summary>
public sealed class RunningRow
{
    public long Number { get; set; }
    public string Id { get; set; } = "";
    public long Version { get; set; }
    public long ChangedAt { get; set; }
    public Guid ClaimId { get; set; }
    public Guid WorkerId { get; set; }
    public long DeadlineAt { get; set; }
    public long? NotRunSince { get; set; }
    public int NotRunCount { get; set; }
}

/// <summary>How a task ended: complete, failed, canceled or retried.</summary>
public sealed class FinishedRow
{
    public long Number { get; set; }
    public string Status { get; set; } = "";
    public long Version { get; set; }
    public long ChangedAt { get; set; }

    /// <summary>Null where it never ran.</summary>
    public Guid? ClaimId { get; set; }
    public Guid? WorkerId { get; set; }
    public string? ErrorType { get; set; }
    public string? ErrorName { get; set; }
    public string? ErrorMessage { get; set; }
    public string? RetriedByTaskId { get; set; }
}

/// <summary>An event that is still to be published.</summary>
public sealed class EventRow
{
    public long Position { get; set; }
    public Guid MessageId { get; set; }
    public string Type { get; set; } = "";
    public string Body { get; set; } = "";
}

/// <summary>What a task's function printed.</summary>
public sealed class LogRow
{
    public long Number { get; set; }
    public long ReceivedAt { get; set; }
    public string Text { get; set; } = "";

    /// <summary>Lambda's id of the invocation.</summary>
    public string? RequestId { get; set; }
}

/// <summary>A request that an API function answered: written once, when it is over.</summary>
public sealed class ApiRequestRow
{
    public long Number { get; set; }

    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";
    public string FunctionName { get; set; } = "";
    public string Method { get; set; } = "";

    /// <summary>What follows the function's name, with the query and without the slash before it.</summary>
    public string Path { get; set; } = "";
    public string? UserId { get; set; }
    public string? ApplicationId { get; set; }
    public int StatusCode { get; set; }
    public long RequestedAt { get; set; }

    /// <summary>Microseconds.</summary>
    public long Duration { get; set; }
    public string? ErrorType { get; set; }
    public string? ErrorName { get; set; }
    public string? ErrorMessage { get; set; }
}

/// <summary>What the function of an API request printed; its number is the request's.</summary>
public sealed class ApiRequestLogRow
{
    public long Number { get; set; }
    public long ReceivedAt { get; set; }
    public string Text { get; set; } = "";

    /// <summary>Lambda's id of the invocation.</summary>
    public string? RequestId { get; set; }
}

/// <summary>A worker that is alive; a dead one has no row.</summary>
public sealed class WorkerEntry
{
    public Guid Id { get; set; }
    public string Pool { get; set; } = "";
    public int Slots { get; set; }
    public string Host { get; set; } = "";
    public string Version { get; set; } = "";
    public long Beat { get; set; }
}

/// <summary>
/// How many tasks a worker has claimed, and how many of them have ended: two rows, for claims and reports are committed side by side and
/// must not wait for each other. What runs is the difference.
/// </summary>
public sealed class WorkerCountRow
{
    public Guid WorkerId { get; set; }

    /// <summary>Whether this row counts the tasks that ended.</summary>
    public bool IsEnded { get; set; }
    public long Count { get; set; }
}

/// <summary>The one row that says who leads.</summary>
public sealed class LeaderRow
{
    public int Id { get; set; }
    public Guid Owner { get; set; }
    public long Epoch { get; set; }
    public long LeaseEndsAt { get; set; }
}

/// <summary>A managed function: its settings, as they hold for tasks and as Lambda has them.</summary>
public sealed class FunctionRow
{
    public string Name { get; set; } = "";
    public string? Description { get; set; }
    public string EntryPoint { get; set; } = "";
    public string Runtime { get; set; } = "";

    /// <summary>Seconds.</summary>
    public int TimeLimit { get; set; }

    /// <summary>MB.</summary>
    public int MemoryLimit { get; set; }

    /// <summary>A JSON object of names and values, encrypted; null where there are none.</summary>
    public string? Environment { get; set; }
    public string PermissionMode { get; set; } = "";
    public long DefaultPriority { get; set; }
    public bool IsRetried { get; set; }

    /// <summary>A JSON array of names; null: every error.</summary>
    public string? ErrorsToRetry { get; set; }
    public bool IsEnabled { get; set; }
    public long UpdatedAt { get; set; }

    /// <summary>What is being done to it: one of <see cref="FunctionStep"/>.</summary>
    public string Step { get; set; } = FunctionStep.None;

    /// <summary>Names the step that is under way, in Lambda too; null where none is.</summary>
    public Guid? StepId { get; set; }

    /// <summary>From then on whoever comes next finishes the step, or takes it back.</summary>
    public long StepEndsAt { get; set; }

    /// <summary>Of an update that is under way: the row as it is to be, as JSON.</summary>
    public string? Next { get; set; }

    /// <summary>Of an update that brings code: Lambda's word for that code, its SHA-256 as base64.</summary>
    public string? NextCodeHash { get; set; }

    /// <summary>Takes over what a caller sets, but not whether it is enabled, which has calls of its own.</summary>
    public void TakeSettings(FunctionRow from)
    {
        (Description, EntryPoint, Runtime, TimeLimit, MemoryLimit) = (from.Description, from.EntryPoint, from.Runtime, from.TimeLimit, from.MemoryLimit);
        (Environment, PermissionMode, DefaultPriority, IsRetried, ErrorsToRetry) =
            (from.Environment, from.PermissionMode, from.DefaultPriority, from.IsRetried, from.ErrorsToRetry);
    }
}

/// <summary>What <see cref="FunctionRow.Step"/> can be.</summary>
public static class FunctionStep
{
    public const string None = "none";

    /// <summary>It is not there yet, for tasks and readers.</summary>
    public const string Creating = "creating";
    public const string Updating = "updating";
    public const string Deleting = "deleting";
}

/// <summary>The one row that names the functions as they are now: another value after each change that matters to tasks.</summary>
public sealed class FunctionsRevisionRow
{
    public int Id { get; set; }
    public Guid Revision { get; set; }
}

/// <summary>A schedule: makes a task at each of its ticks.</summary>
public sealed class ScheduleRow
{
    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; set; }

    /// <summary>Seconds from tick to tick; null where there is a cron expression.</summary>
    public long? Interval { get; set; }
    public string? Cron { get; set; }

    /// <summary>Where the cron expression is read: an IANA name.</summary>
    public string? TimeZone { get; set; }
    public long StartAt { get; set; }

    /// <summary>The tick that is next; null while the schedule is paused, and when there is none any more.</summary>
    public long? NextAt { get; set; }

    /// <summary>One of <see cref="CatchUp"/>.</summary>
    public string CatchUp { get; set; } = "";

    /// <summary>One of <see cref="Overlap"/>.</summary>
    public string Overlap { get; set; } = "";
    public bool IsPaused { get; set; }

    /// <summary>The last task that was made.</summary>
    public string? LastTaskId { get; set; }
    public string FunctionName { get; set; } = "";
    public string? Data { get; set; }

    /// <summary>Null: the function's default priority.</summary>
    public long? Priority { get; set; }

    /// <summary>A JSON array of strings, or null.</summary>
    public string? Tags { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }
    public long CreatedAt { get; set; }

    /// <summary>When somebody changed it last; ticks do not count.</summary>
    public long UpdatedAt { get; set; }
}

/// <summary>What becomes of ticks that were missed: what <see cref="ScheduleRow.CatchUp"/> can be.</summary>
public static class CatchUp
{
    /// <summary>Nothing.</summary>
    public const string Skip = "skip";

    /// <summary>The latest makes a task.</summary>
    public const string One = "one";

    /// <summary>Each makes a task, up to a limit.</summary>
    public const string All = "all";

    public static readonly IReadOnlyList<string> Names = [Skip, One, All];
}

/// <summary>What a tick does while the task of the tick before has not ended: what <see cref="ScheduleRow.Overlap"/> can be.</summary>
public static class Overlap
{
    /// <summary>It makes a task.</summary>
    public const string Allow = "allow";

    /// <summary>It makes none.</summary>
    public const string Skip = "skip";

    public static readonly IReadOnlyList<string> Names = [Allow, Skip];
}

/// <summary>An API key that lets a client in. The key itself is not stored.</summary>
public sealed class ApiKeyRow
{
    public string Name { get; set; } = "";

    /// <summary>The SHA-256 of the key: enough, for a key is 256 random bits, which nobody finds by trying.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>Joined by ','.</summary>
    public string Permissions { get; set; } = "";
    public long CreatedAt { get; set; }

    /// <summary>From then on it lets nobody in; null: never.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>To within ten minutes; null: never.</summary>
    public long? LastUsedAt { get; set; }
}
