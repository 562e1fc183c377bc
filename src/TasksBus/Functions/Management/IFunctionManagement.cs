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
