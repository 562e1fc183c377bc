using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>What a task must be like to be accepted, over the bus as over HTTP.</summary>
public static partial class ScheduleRules
{
    public const long MaxPriority = 9_007_199_254_740_991;

    /// <summary>What fits into Lambda's 6 MB beside the rest of the task, of which 100 tags may need 150 KB.</summary>
    public const int MaxDataBytes = 6 * 1024 * 1024 - 256 * 1024;

    public const int MaxTags = 100;
    public const int MaxTagLength = 256;
    public const int MaxTasksAtOnce = 1_000;

    /// <summary>Why a function cannot run that is not managed here, where only those may.</summary>
    public static Refusal NotRegistered(string functionName) =>
        new(ErrorCode.ResourceUnknown, $"There is no function '{functionName}', and this server runs registered functions only (TasksBus:OnlyRegisteredFunctions). Create it, or correct the name.");

    /// <summary>Null: the task is fine.</summary>
    public static Refusal? Check(ScheduleTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if ((CheckId(task.TaskId) ?? CheckKey(task)) is { } wrongId)
        {
            return wrongId;
        }

        if (string.IsNullOrEmpty(task.FunctionName))
        {
            return new(ErrorCode.MissingRequiredFields, "functionName is required: the name of the function to run.");
        }

        if (task.FunctionName.Length > 170 || !FunctionName().IsMatch(task.FunctionName))
        {
            return new(ErrorCode.FieldFormat, $"functionName must be the name or ARN of a function, of letters, digits and - _ . : / $, at most 170; got '{Short(task.FunctionName)}'.");
        }

        if (task.Data is { } data)
        {
            if (data.ValueKind != JsonValueKind.Object)
            {
                return new(ErrorCode.FieldFormat, $"data must be a JSON object; got {data.ValueKind.ToString().ToLowerInvariant()}.");
            }

            var bytes = JsonMarshal.GetRawUtf8Value(data).Length;
            if (bytes > MaxDataBytes)
            {
                return new(ErrorCode.DataTooLarge, $"data has {bytes} bytes; at most {MaxDataBytes} fit into Lambda's 6 MB beside the rest of the task. Store it elsewhere and send a reference.");
            }
        }

        if (task.Priority is < -MaxPriority or > MaxPriority)
        {
            return new(ErrorCode.FieldFormat, $"priority must be an integer from -{MaxPriority} to {MaxPriority}; got {task.Priority}.");
        }

        return CheckTags(task.Tags ?? []);
    }

    /// <summary>Null: the id may be a task's, or is not given.</summary>
    public static Refusal? CheckId(string? id) =>
        id is null ? null
        : !TaskId.TryParse(id, out var taskId) ? new(ErrorCode.IdFormat, $"taskId must be 24 hex digits, such as 507f1f77bcf86cd799439011; got '{Short(id)}'.")
        : taskId == default ? new(ErrorCode.IdFormat, "taskId must not be all zeros: every such command would mean one task. Choose an id for each task, or leave it out.")
        : null;

    private static Refusal? CheckKey(ScheduleTask task) =>
        task.IdempotencyKey is not { } key ? null
        : task.TaskId is not null ? new(ErrorCode.FieldFormat, "A task has a taskId or an idempotencyKey, not both: leave one out.")
        : !IdempotencyKey.IsKey(key) ? new(ErrorCode.FieldFormat, $"idempotencyKey must be a text of 1 to {IdempotencyKey.MaxLength} printable ASCII characters; got '{Short(key)}'.")
        : null;

    private static Refusal? CheckTags(IReadOnlyList<string> tags) =>
        tags.Count > MaxTags ? new(ErrorCode.FieldFormat, $"tags: at most {MaxTags}; got {tags.Count}.")
        : tags.Any(static tag => tag is null) ? new(ErrorCode.FieldFormat, "tags must be strings; got null.")
        : tags.FirstOrDefault(static tag => tag.Length > MaxTagLength) is { } longTag ? new(ErrorCode.FieldFormat, $"tags: at most {MaxTagLength} characters each; got '{Short(longTag)}'.")
        : tags.Any(static tag => !IsStorable(tag)) ? new(ErrorCode.FieldFormat, "tags must not hold U+0000 or half of a surrogate pair.")
        : null;

    /// <summary>Whether every database and every reader of JSON takes the text.</summary>
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

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";

    [GeneratedRegex(@"\A[A-Za-z0-9_.:/$-]+\z")]
    private static partial Regex FunctionName();
}
