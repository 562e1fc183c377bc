namespace TasksBus.Testing;

/// <summary>A message that the service refused and put into an error queue.</summary>
/// <param name="Queue">The queue to which it was sent, such as <c>tasksbus.schedule-task</c>.</param>
/// <param name="Code">The error code, such as 15. Null when the message failed in another way.</param>
/// <param name="Message">The reason, and how to mend it.</param>
public sealed record RefusedMessage(string Queue, int? Code, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Code is null ? $"{Queue}: {Message}" : $"{Queue}: {Message} (code {Code})";
}
