using System.Runtime.InteropServices;
using System.Text.Json;

namespace TasksBus.Contracts;

/// <summary>
/// The rules for tasks: names, ranges and sizes. They are the same over HTTP, over the bus and in a publisher's own process, with the same
/// messages. So a publisher learns of a mistake at the call.
/// </summary>
/// <remarks>
/// Only the server knows the rest: which functions are registered, and how much is waiting to be stored.
/// </remarks>
public static class TaskRules
{
    /// <summary>The highest priority, and with a minus the lowest: the largest whole number that every JSON reader keeps exact.</summary>
    public const long MaxPriority = 9_007_199_254_740_991;

    /// <summary>What fits into Lambda's 6 MB beside the rest of the task, of which 100 tags may need 150 KB. In bytes of UTF-8.</summary>
    public const int MaxDataBytes = 6 * 1024 * 1024 - 256 * 1024;

    /// <summary>
    /// How many levels of objects and arrays a task's input may have, itself included. Readers of JSON take 64 by default, and messages and
    /// lists have some levels of their own around it.
    /// </summary>
    public const int MaxDataLevels = 60;

    /// <summary>The longest name or ARN of a function, in characters.</summary>
    public const int MaxFunctionNameLength = 170;

    /// <summary>The longest idempotency key, in characters.</summary>
    public const int MaxKeyLength = 255;

    /// <summary>The most tags that a task may have.</summary>
    public const int MaxTags = 100;

    /// <summary>The longest tag, in characters.</summary>
    public const int MaxTagLength = 256;

    /// <summary>The longest reference, in characters.</summary>
    public const int MaxReferenceLength = 255;

    /// <summary>The longest name of a publisher, in characters.</summary>
    public const int MaxPublisherLength = 60;

    /// <summary>The most tasks that one command may schedule.</summary>
    public const int MaxTasksAtOnce = 1_000;

    /// <summary>How much of a wrong text a message shows, in characters.</summary>
    private const int Shown = 40;

    /// <summary>Checks a task before it is sent.</summary>
    /// <exception cref="TaskRefusedException">The task breaks a rule.</exception>
    public static void Check(ScheduleTask task)
    {
        if (FaultOf(task) is { } fault)
        {
            throw new TaskRefusedException(fault.Code, fault.Message);
        }
    }

    /// <summary>Checks tasks before they are sent together. The message names the first wrong task by its index.</summary>
    /// <exception cref="TaskRefusedException">There are none, or too many, or one breaks a rule.</exception>
    public static void Check(IReadOnlyList<ScheduleTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count is 0 or > MaxTasksAtOnce)
        {
            throw new TaskRefusedException(ErrorCode.FieldFormat, BatchForm($"{tasks.Count}"));
        }

        CheckEach(tasks);
    }

    /// <summary>Checks tasks that are sent in one transaction, of which there may be any number.</summary>
    /// <exception cref="TaskRefusedException">One breaks a rule. The message names it by its index.</exception>
    public static void CheckEach(IReadOnlyList<ScheduleTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        for (var i = 0; i < tasks.Count; i++)
        {
            if (FaultOf(tasks[i]) is { } fault)
            {
                throw new TaskRefusedException(fault.Code, At(i, fault.Message));
            }
        }
    }

    /// <summary>Returns what is wrong with a task. Null when it meets the rules.</summary>
    public static TaskFault? FaultOf(ScheduleTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return FaultOfId(task.TaskId)
            ?? FaultOfKey(task)
            ?? FaultOfFunctionName(task.FunctionName)
            ?? (task.Data is { } data ? FaultOfData(data) : null)
            ?? (task.Priority is < -MaxPriority or > MaxPriority
                ? Format($"priority must be an integer from -{MaxPriority} to {MaxPriority}; got {task.Priority}.") : null)
            ?? FaultOfTags(task.Tags ?? [])
            ?? FaultOfReference(task.Reference)
            ?? FaultOfPublisher(task.Publisher);
    }

    /// <summary>Returns what is wrong with the id of a task. Null when it is an id, or null.</summary>
    public static TaskFault? FaultOfId(string? id) =>
        id is null ? null
        : !TaskId.TryParse(id, out var taskId)
            ? new(ErrorCode.IdFormat, $"taskId must be 24 hex digits, such as 507f1f77bcf86cd799439011; got '{Excerpt(id)}'.")
        : taskId == default
            ? new(ErrorCode.IdFormat,
                "taskId must not be all zeros: every such command would mean one task. Choose an id for each task, or leave it out.")
        : null;

    /// <summary>Returns true when a text may be an idempotency key: 1 to 255 printable ASCII characters.</summary>
    public static bool IsKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= MaxKeyLength && text.All(static letter => letter is >= ' ' and <= '~');
    }

    /// <summary>Returns true when every database and every reader of JSON accepts the text: it has no U+0000 and no half of a surrogate
    /// pair.</summary>
    public static bool IsStorable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
            {
                return false;
            }

            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The message for one of several tasks.</summary>
    internal static string At(int index, string message) => $"tasks[{index}]: {message}";

    /// <summary>The message for tasks that are not as many as one command may schedule.</summary>
    internal static string BatchForm(string got) => $"tasks must be an array of 1 to {MaxTasksAtOnce} tasks; got {got}.";

    private static TaskFault? FaultOfKey(ScheduleTask task) => task switch
    {
        { IdempotencyKey: not null, TaskId: not null } =>
            Format("A task has a taskId or an idempotencyKey, not both: leave one out."),
        { IdempotencyKey: { } key } when !IsKey(key) =>
            Format($"idempotencyKey must be a text of 1 to {MaxKeyLength} printable ASCII characters; got '{Excerpt(key)}'."),
        _ => null,
    };

    private static TaskFault? FaultOfFunctionName(string? name) =>
        name is null or ""
            ? new(ErrorCode.MissingRequiredFields, "functionName is required: the name of the function to run.")
        : name.Length > MaxFunctionNameLength || !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || "_.:/$-".Contains(letter))
            ? Format(
                $"functionName must be the name or ARN of a function, of letters, digits and - _ . : / $, at most {MaxFunctionNameLength}; "
                + $"got '{Excerpt(name)}'.")
        : null;

    private static TaskFault? FaultOfData(JsonElement data)
    {
        if (data.ValueKind == JsonValueKind.Undefined)
        {
            return Format("data must be a JSON object; got a JsonElement without a value. Leave it null for no input.");
        }

        if (data.ValueKind != JsonValueKind.Object)
        {
            return Format($"data must be a JSON object; got {Excerpt(data.GetRawText())}.");
        }

        var bytes = JsonMarshal.GetRawUtf8Value(data).Length;
        return bytes > MaxDataBytes
                ? new(ErrorCode.DataTooLarge,
                    $"data has {bytes} bytes; at most {MaxDataBytes} fit into Lambda's 6 MB beside the rest of the task. "
                    + "Store it elsewhere and send a reference.")
            : JsonLevels.AreMoreThan(MaxDataLevels, data) ? Format($"data must be nested at most {MaxDataLevels} levels deep.")
            : null;
    }

    private static TaskFault? FaultOfTags(IReadOnlyList<string> tags)
    {
        var fault = tags.Count > MaxTags ? $"tags: at most {MaxTags}; got {tags.Count}."
            : tags.Any(static tag => tag is null) ? "tags must be strings; got null."
            : tags.FirstOrDefault(static tag => tag.Length > MaxTagLength) is { } longTag
                ? $"tags: at most {MaxTagLength} characters each; got '{Excerpt(longTag)}'."
            : tags.Any(static tag => !IsStorable(tag)) ? "tags must not hold U+0000 or half of a surrogate pair."
            : null;
        return fault is null ? null : Format(fault);
    }

    private static TaskFault? FaultOfReference(string? reference) =>
        reference is null || (reference.Length is > 0 and <= MaxReferenceLength && IsStorable(reference)) ? null
        : Format(
            $"reference must be a text of 1 to {MaxReferenceLength} characters without U+0000 and half of a surrogate pair; "
            + $"got '{Excerpt(reference)}'.");

    private static TaskFault? FaultOfPublisher(string? publisher) =>
        publisher is null
            || (publisher.Length is > 0 and <= MaxPublisherLength
                && publisher.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) ? null
        : Format($"publisher must be 1 to {MaxPublisherLength} of the characters A-Z, a-z, 0-9, - and _; got '{Excerpt(publisher)}'.");

    private static TaskFault Format(string message) => new(ErrorCode.FieldFormat, message);

    private static string Excerpt(string text) => text.Length <= Shown ? text
        : $"{text.Substring(0, char.IsHighSurrogate(text[Shown - 1]) ? Shown - 1 : Shown)}...";
}

/// <summary>What is wrong with a task.</summary>
/// <param name="Code">The stable code, as HTTP answers it.</param>
/// <param name="Message">What is wrong and how to mend it, for people.</param>
public sealed record TaskFault(ErrorCode Code, string Message);
