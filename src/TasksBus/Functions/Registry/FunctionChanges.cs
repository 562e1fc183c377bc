namespace TasksBus.Functions.Registry;

/// <summary>The properties of a function that a caller gives. Those that are left out stay unchanged.</summary>
public sealed record FunctionChanges
{
    public string? Description { get; init; }

    public string? EntryPoint { get; init; }

    public string? Runtime { get; init; }

    public long? TimeLimit { get; init; }

    public long? MemoryLimit { get; init; }

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public string? PermissionMode { get; init; }

    public long? DefaultPriority { get; init; }

    public bool? IsRetried { get; init; }

    public IReadOnlyList<string>? ErrorsToRetry { get; init; }

    /// <summary>A zip file, as base64.</summary>
    public string? Code { get; init; }

    /// <summary>True when Lambda must be told.</summary>
    public bool IsForLambda =>
        (EntryPoint ?? Runtime ?? Code) is not null || (TimeLimit ?? MemoryLimit) is not null || Environment is not null;

    public FunctionSettings ApplyTo(FunctionSettings function) => function with
    {
        Description = Description ?? function.Description,
        EntryPoint = EntryPoint ?? function.EntryPoint,
        Runtime = Runtime ?? function.Runtime,
        TimeLimit = TimeLimit ?? function.TimeLimit,
        MemoryLimit = MemoryLimit ?? function.MemoryLimit,
        Environment = Environment ?? function.Environment,
        PermissionMode = PermissionMode ?? function.PermissionMode,
        DefaultPriority = DefaultPriority ?? function.DefaultPriority,
        IsRetried = IsRetried ?? function.IsRetried,
        ErrorsToRetry = ErrorsToRetry ?? function.ErrorsToRetry,
    };
}
