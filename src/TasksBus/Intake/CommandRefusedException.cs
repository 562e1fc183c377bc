using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>
/// A command is refused, for a reason that its sender can mend. HTTP answers with the reason; the bus puts the command into the error queue
/// with it.
/// </summary>
/// <remarks>
/// An exception, and nothing else, refuses: a rule may refuse in the midst of a commit, and a consumer on the bus has no other way to do
/// it.
/// </remarks>
public sealed class CommandRefusedException(Refusal refusal) : Exception($"{refusal.Code.Name} ({refusal.Code.Code}): {refusal.Message}")
{
    /// <inheritdoc cref="Intake.Refusal"/>
    public CommandRefusedException(ErrorCode code, string message)
        : this(new Refusal(code, message))
    {
    }

    public Refusal Refusal => refusal;
}
