using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Why something is not accepted, and how to fix it.</summary>
/// <param name="Message">The text for every caller.</param>
/// <param name="Reason">Further text for callers who may view it. It may contain accounts, roles and addresses.</param>
public sealed record Refusal(ErrorCode Code, string Message, string? Reason = null)
{
    /// <summary>The same refusal for one of several tasks.</summary>
    public Refusal At(int index) => this with { Message = TaskRules.At(index, Message) };

    /// <summary>The same refusal for one element of a list.</summary>
    public Refusal At(string list, int index) => this with { Message = $"{list}[{index}]: {Message}" };
}
