using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>What a process that reaches no Lambda answers to calls that need it.</summary>
internal static class NotReached
{
    public static CommandRefusedException Refused() => new(
        ErrorCode.ServiceUnreachable,
        "This server reaches no Lambda, so it cannot do that: set TasksBus:Lambda:Region or TasksBus:Lambda:Endpoint for the "
            + "process that has the role api.");
}
