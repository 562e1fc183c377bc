namespace TasksBus.Functions.Management;

/// <summary>A function as Lambda has it.</summary>
/// <param name="Marker">Lambda's description of the function.</param>
/// <param name="CodeHash">The SHA-256 of its zip file, as base64.</param>
/// <param name="IsChanging">True when Lambda is still at work on it.</param>
/// <param name="Fault">Why Lambda could not carry out the last request. Null when it could.</param>
public sealed record DeployedFunction(string? Marker, string? CodeHash, bool IsChanging, string? Fault)
{
    /// <summary>The AWS account of the function. Null when ARNs of every account lead to it.</summary>
    public string? Account { get; init; }
}
