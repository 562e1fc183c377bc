namespace TasksBus.Functions.Management;

/// <param name="Message">What Lambda said, where it is not done.</param>
/// <param name="Function">The function as it is then, where it is done and still there.</param>
public sealed record ManagementResult(ManagementOutcome Outcome, string Message = "", DeployedFunction? Function = null)
{
    public bool IsDone => Outcome == ManagementOutcome.Done;
}
