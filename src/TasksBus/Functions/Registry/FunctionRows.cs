using TasksBus.Functions.Management;
using TasksBus.Storage;

namespace TasksBus.Functions.Registry;

/// <summary>Converts a managed function between its three forms: as callers see it, as it is stored, and as Lambda has it.</summary>
public sealed class FunctionRows(EnvironmentValues environment)
{
    /// <summary>Returns a stored function as callers see it. Its environment is null when it cannot be decrypted any more.</summary>
    public FunctionSettings ToSettings(StoredFunction row) => new()
    {
        Name = row.Name,
        Description = row.Description,
        EntryPoint = row.EntryPoint,
        Runtime = row.Runtime,
        TimeLimit = row.TimeLimit,
        MemoryLimit = row.MemoryLimit,
        Environment = environment.Decrypt(row.Environment),
        PermissionMode = row.PermissionMode,
        DefaultPriority = row.DefaultPriority,
        IsRetried = row.IsRetried,
        ErrorsToRetry = row.ErrorsToRetry,
        IsEnabled = row.IsEnabled,
        UpdateTimestamp = Microseconds.ToTime(row.UpdatedAt),
    };

    /// <param name="unreadable">The stored environment to keep, when it cannot be decrypted.</param>
    public StoredFunction ToStored(FunctionSettings function, string? unreadable = null) => new()
    {
        Name = function.Name,
        Description = function.Description,
        EntryPoint = function.EntryPoint,
        Runtime = function.Runtime,
        TimeLimit = (int)function.TimeLimit,
        MemoryLimit = (int)function.MemoryLimit,
        Environment = function.Environment is null ? unreadable : environment.Encrypt(function.Environment),
        PermissionMode = function.PermissionMode,
        DefaultPriority = function.DefaultPriority,
        IsRetried = function.IsRetried,
        ErrorsToRetry = function.ErrorsToRetry,
        IsEnabled = function.IsEnabled,
    };

    /// <param name="stepId">The step that brings the function to Lambda. It is the function's marker there.</param>
    public static FunctionConfiguration ToConfiguration(FunctionSettings function, Guid stepId) => new(
        function.Name, function.EntryPoint, function.Runtime, (int)function.TimeLimit, (int)function.MemoryLimit,
        function.Environment ?? throw new InvalidOperationException("An environment that cannot be decrypted would be lost."),
        Marker(stepId));

    /// <summary>Lambda's description of a function. It tells people who manages it, and us which step brought it there.</summary>
    public static string Marker(Guid stepId) => $"Managed by TasksBus: change it there. Step {stepId}";
}
