namespace TasksBus.Intake;

/// <summary>A command that the rules refuse: over HTTP it is answered with the reason, over the bus it goes to the error queue with it.</summary>
public sealed class CommandRefusedException(Refusal refusal) : Exception($"{refusal.Code.Name} ({refusal.Code.Code}): {refusal.Message}")
{
    public Refusal Refusal => refusal;
}
