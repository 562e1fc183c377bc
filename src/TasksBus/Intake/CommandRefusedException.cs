using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>
/// A command is refused, with a reason for its sender. HTTP answers with the reason. The bus puts the command into the error queue with the
/// reason.
/// </summary>
/// <remarks>
/// Refusals are always exceptions, because a rule may refuse in the middle of a commit, and a consumer on the bus has no other way to
/// refuse.
/// </remarks>
public sealed class CommandRefusedException(Refusal refusal) : Exception($"{refusal.Code.Name} ({refusal.Code.Code}): {refusal.Message}")
{
    /// <inheritdoc cref="Intake.Refusal"/>
    public CommandRefusedException(ErrorCode code, string message)
        : this(new Refusal(code, message))
    {
    }

    /// <summary>The reason, with its stable code.</summary>
    public Refusal Refusal => refusal;
}
