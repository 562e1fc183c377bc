namespace TasksBus.Functions.Management;

/// <param name="Message">Lambda's message, if the call was not carried out.</param>
/// <param name="Function">The function after the call, if the call was carried out and the function still exists.</param>
public sealed record ManagementResult(ManagementOutcome Outcome, string Message = "", DeployedFunction? Function = null)
{
    /// <summary>True when Lambda did what was asked.</summary>
    public bool IsDone => Outcome == ManagementOutcome.Done;
}
