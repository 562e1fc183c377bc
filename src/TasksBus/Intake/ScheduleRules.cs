using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>The rules for tasks, which are the same over the bus and over HTTP.</summary>
public static partial class ScheduleRules
{
    /// <summary>The highest priority, and with a minus the lowest: the largest whole number that every JSON reader keeps exact.</summary>
    public const long MaxPriority = 9_007_199_254_740_991;

    /// <summary>What fits into Lambda's 6 MB beside the rest of the task, of which 100 tags may need 150 KB.</summary>
    public const int MaxDataBytes = 6 * 1024 * 1024 - 256 * 1024;

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

    /// <summary>The refusal of an unmanaged function when only managed functions may run.</summary>
    public static Refusal NotRegistered(string functionName) =>
        new(ErrorCode.ResourceUnknown,
            $"There is no function '{functionName}', and this server runs registered functions only (TasksBus:OnlyRegisteredFunctions). "
            + "Create it, or correct the name.");

    /// <exception cref="CommandRefusedException">The task breaks a rule.</exception>
    public static void Check(ScheduleTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        CheckId(task.TaskId);
        CheckKey(task);
        if (string.IsNullOrEmpty(task.FunctionName))
        {
            throw new CommandRefusedException(
                ErrorCode.MissingRequiredFields, "functionName is required: the name of the function to run.");
        }

        if (task.FunctionName.Length > 170 || !FunctionName().IsMatch(task.FunctionName))
        {
            throw Format(
                "functionName must be the name or ARN of a function, of letters, digits and - _ . : / $, at most 170; "
                + $"got '{Excerpt.Of(task.FunctionName, Shown)}'.");
        }

        if (task.Data is { } data)
        {
            CheckData(data);
        }

        if (task.Priority is < -MaxPriority or > MaxPriority)
        {
            throw Format($"priority must be an integer from -{MaxPriority} to {MaxPriority}; got {task.Priority}.");
        }

        CheckTags(task.Tags ?? []);
        CheckOrigin(task);
    }

    /// <exception cref="CommandRefusedException">The id is given and is not valid.</exception>
    public static void CheckId(string? id)
    {
        if (id is null)
        {
            return;
        }

        if (!TaskId.TryParse(id, out var taskId))
        {
            throw new CommandRefusedException(
                ErrorCode.IdFormat, $"taskId must be 24 hex digits, such as 507f1f77bcf86cd799439011; got '{Excerpt.Of(id, Shown)}'.");
        }

        if (taskId == default)
        {
            throw new CommandRefusedException(ErrorCode.IdFormat,
                "taskId must not be all zeros: every such command would mean one task. Choose an id for each task, or leave it out.");
        }
    }

    private static void CheckKey(ScheduleTask task)
    {
        if (task is { IdempotencyKey: not null, TaskId: not null })
        {
            throw Format("A task has a taskId or an idempotencyKey, not both: leave one out.");
        }

        if (task.IdempotencyKey is { } key && !IdempotencyKey.IsKey(key))
        {
            throw Format(
                $"idempotencyKey must be a text of 1 to {IdempotencyKey.MaxLength} printable ASCII characters; "
                + $"got '{Excerpt.Of(key, Shown)}'.");
        }
    }

    private static void CheckData(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object)
        {
            throw Format($"data must be a JSON object; got {data.ValueKind.ToString().ToLowerInvariant()}.");
        }

        var bytes = JsonMarshal.GetRawUtf8Value(data).Length;
        if (bytes > MaxDataBytes)
        {
            throw new CommandRefusedException(ErrorCode.DataTooLarge,
                $"data has {bytes} bytes; at most {MaxDataBytes} fit into Lambda's 6 MB beside the rest of the task. "
                + "Store it elsewhere and send a reference.");
        }
    }

    private static void CheckTags(IReadOnlyList<string> tags)
    {
        var fault = tags.Count > MaxTags ? $"tags: at most {MaxTags}; got {tags.Count}."
            : tags.Any(static tag => tag is null) ? "tags must be strings; got null."
            : tags.FirstOrDefault(static tag => tag.Length > MaxTagLength) is { } longTag
                ? $"tags: at most {MaxTagLength} characters each; got '{Excerpt.Of(longTag, Shown)}'."
            : tags.Any(static tag => !IsStorable(tag)) ? "tags must not hold U+0000 or half of a surrogate pair."
            : null;
        if (fault is not null)
        {
            throw Format(fault);
        }
    }

    private static void CheckOrigin(ScheduleTask task)
    {
        if (task.Reference is { } reference && !(reference.Length is > 0 and <= MaxReferenceLength && IsStorable(reference)))
        {
            throw Format(
                $"reference must be a text of 1 to {MaxReferenceLength} characters without U+0000 and half of a surrogate pair; "
                + $"got '{Excerpt.Of(reference, Shown)}'.");
        }

        if (task.Publisher is { } publisher && !(publisher.Length <= MaxPublisherLength && Publisher().IsMatch(publisher)))
        {
            throw Format(
                $"publisher must be 1 to {MaxPublisherLength} of the characters A-Z, a-z, 0-9, - and _; "
                + $"got '{Excerpt.Of(publisher, Shown)}'.");
        }
    }

    /// <summary>Returns true when every database and every reader of JSON accepts the text.</summary>
    internal static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '\0' || !Rune.TryGetRuneAt(text, i, out var rune))
            {
                return false;
            }

            i += rune.Utf16SequenceLength;
        }

        return true;
    }

    private static CommandRefusedException Format(string message) => new(ErrorCode.FieldFormat, message);

    [GeneratedRegex(@"\A[A-Za-z0-9_.:/$-]+\z")]
    private static partial Regex FunctionName();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+\z")]
    private static partial Regex Publisher();
}
