using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>
/// The ids that a message gives to tasks without an id. They derive from the message's own id, so a second delivery makes no second task.
/// </summary>
internal readonly record struct MessageIds
{
    /// <summary>The longest text of an AMQP property.</summary>
    private const int MaxLength = 255;

    private readonly TaskId? _first;
    private readonly bool _isZero;

    private MessageIds(TaskId? first, bool isZero) => (_first, _isZero) = (first, isZero);

    /// <param name="messageId">A UUID, or a key of the publisher's own. Null or blank when there is none.</param>
    /// <exception cref="CommandRefusedException">The id is too long.</exception>
    public static MessageIds Of(string? messageId) =>
        string.IsNullOrWhiteSpace(messageId) ? default
        : Guid.TryParse(messageId, out var guid) ? new(guid == Guid.Empty ? null : TaskId.FromMessage(guid), guid == Guid.Empty)
        : messageId.Length <= MaxLength ? new(TaskId.FromKey(messageId), false)
        : throw new CommandRefusedException(
            ErrorCode.FieldFormat, $"messageId must have at most {MaxLength} characters; it has {messageId.Length}.");

    /// <summary>A task's id: the one that its publisher chose, or the one that derives from its key or from the message.</summary>
    /// <param name="index">The task's position in the message.</param>
    /// <exception cref="CommandRefusedException">The task has no id.</exception>
    public TaskId Of(ScheduleTask task, int index = 0) => Of(task.TaskId, task.IdempotencyKey, "task", index);

    /// <summary>
    /// The id of a task or of an event: the one that was chosen, or the one that derives from its key or from the message.
    /// </summary>
    /// <param name="what">What the message makes, for the refusal.</param>
    /// <param name="index">The position in the message.</param>
    /// <exception cref="CommandRefusedException">There is no id.</exception>
    public TaskId Of(string? chosen, string? key, string what, int index = 0) =>
        chosen is not null ? TaskId.Parse(chosen)
        : key is not null ? TaskId.FromKey(key)
        : _first is { } first ? first.InMessage(index)
        : throw (_isZero
            ? new CommandRefusedException(ErrorCode.FieldFormat,
                $"The message id must not be all zeros: every such message would mean one {what}. "
                + "Give each message a UUID, or a key of your own.")
            : new CommandRefusedException(ErrorCode.MissingRequiredFields,
                $"A message id (a UUID, or a key of your own), an idempotencyKey or {(what == "task" ? "a taskId" : "an eventId")} is "
                + "required: "
                + $"without one, a second delivery would make a second {what}."));
}
