namespace TasksBus.Functions.Management;

/// <summary>A function as Lambda has it.</summary>
/// <param name="Marker">Lambda's description of it.</param>
/// <param name="CodeHash">The SHA-256 of its zip, as base64.</param>
/// <param name="IsChanging">Whether Lambda is still at work on it.</param>
/// <param name="Fault">Why Lambda could not do what it was asked for last; null where it could.</param>
public sealed record DeployedFunction(string? Marker, string? CodeHash, bool IsChanging, string? Fault)
{
    /// <summary>The account of AWS in which it is; null where ARNs of every account lead to it.</summary>
    public string? Account { get; init; }
}
