namespace TasksBus.Functions.Management;

/// <summary>
/// Lambda's calls that manage functions. Every failure is a result, never an exception. Each call returns once Lambda has carried out the
/// request (its states <c>Pending</c> and <c>InProgress</c> are over), or gives up after about two minutes.
/// </summary>
public interface IFunctionManagement
{
    /// <summary>Creates a function. An existing one is left alone, unless it carries this configuration's marker.</summary>
    Task<ManagementResult> CreateAsync(FunctionConfiguration configuration, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken);

    /// <summary>Replaces a function's code.</summary>
    Task<ManagementResult> UpdateCodeAsync(string name, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken);

    /// <summary>Replaces a function's configuration.</summary>
    Task<ManagementResult> UpdateConfigurationAsync(FunctionConfiguration configuration, CancellationToken cancellationToken);

    /// <summary>Returns Lambda's current state of a function.</summary>
    Task<ManagementResult> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes a function. A function that does not exist counts as deleted.</summary>
    Task<ManagementResult> DeleteAsync(string name, CancellationToken cancellationToken);
}
