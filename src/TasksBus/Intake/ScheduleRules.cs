using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Refuses commands that break <see cref="TaskRules"/>, and those for functions that may not run here.</summary>
public static class ScheduleRules
{
    /// <summary>The refusal of an unmanaged function when only managed functions may run.</summary>
    public static Refusal NotRegistered(string functionName) =>
        new(ErrorCode.ResourceUnknown,
            $"There is no function '{functionName}', and this server runs registered functions only (TasksBus:OnlyRegisteredFunctions). "
            + "Create it, or correct the name.");

    /// <exception cref="CommandRefusedException">The task breaks a rule.</exception>
    public static void Check(ScheduleTask task) => Refuse(TaskRules.FaultOf(task));

    /// <exception cref="CommandRefusedException">The id is given and is not valid.</exception>
    public static void CheckId(string? id) => Refuse(TaskRules.FaultOfId(id));

    /// <exception cref="CommandRefusedException">There is a fault.</exception>
    internal static void Refuse(TaskFault? fault)
    {
        if (fault is not null)
        {
            throw new CommandRefusedException(fault.Code, fault.Message);
        }
    }
}
