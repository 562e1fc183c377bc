using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Why something is not accepted, and how to mend it.</summary>
/// <param name="Message">For every caller.</param>
/// <param name="Reason">What more there is for those who may view it: it may name accounts, roles and addresses.</param>
public sealed record Refusal(ErrorCode Code, string Message, string? Reason = null)
{
    /// <summary>The same of one task among several.</summary>
    public Refusal At(int index) => this with { Message = $"tasks[{index}]: {Message}" };
}
