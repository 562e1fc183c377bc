namespace TasksBus.Functions.Management;

/// <summary>
/// Lambda's calls that manage functions. Whatever goes wrong is a result, never an exception. Each call returns once Lambda has done what
/// it was asked for (its states <c>Pending</c> and <c>InProgress</c> are over), or gives up after about two minutes.
/// </summary>
public interface IFunctionManagement
{
    /// <summary>Makes a function. One that exists already is left alone, unless it carries this configuration's marker.</summary>
    Task<ManagementResult> CreateAsync(FunctionConfiguration configuration, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken);

    /// <summary>Replaces a function's code.</summary>
    Task<ManagementResult> UpdateCodeAsync(string name, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken);

    /// <summary>Replaces a function's configuration.</summary>
    Task<ManagementResult> UpdateConfigurationAsync(FunctionConfiguration configuration, CancellationToken cancellationToken);

    /// <summary>What Lambda has of a function now.</summary>
    Task<ManagementResult> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes a function. One that is not there counts as deleted.</summary>
    Task<ManagementResult> DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A function as Lambda is to have it.</summary>
/// <param name="Name">1 to 64 characters.</param>
/// <param name="Handler">Such as <c>index.handler</c>.</param>
/// <param name="Runtime">Such as <c>nodejs22.x</c>.</param>
/// <param name="Timeout">Seconds.</param>
/// <param name="MemorySize">MB.</param>
/// <param name="Environment">Names and values.</param>
/// <param name="Marker">Lambda's description of it: tells whose it is.</param>
public sealed record FunctionConfiguration(
    string Name, string Handler, string Runtime, int Timeout, int MemorySize, IReadOnlyDictionary<string, string> Environment, string Marker);

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

/// <summary>How a call ended.</summary>
public enum ManagementOutcome
{
    Done,

    /// <summary>Lambda knows no such function.</summary>
    NotFound,

    /// <summary>Lambda has a function of that name already.</summary>
    Exists,

    /// <summary>Lambda does not take the code.</summary>
    CodeRefused,

    /// <summary>Lambda does not take the configuration.</summary>
    ConfigurationRefused,

    /// <summary>This server may not do that, or lacks a setting for it: an operator must mend it.</summary>
    NotAllowed,

    /// <summary>Lambda could not be reached, is busy or failed: it may be done or not.</summary>
    Unknown,
}

/// <param name="Message">What Lambda said, where it is not done.</param>
/// <param name="Function">The function as it is then, where it is done and still there.</param>
public sealed record ManagementResult(ManagementOutcome Outcome, string Message = "", DeployedFunction? Function = null)
{
    public bool IsDone => Outcome == ManagementOutcome.Done;
}
