namespace TasksBus.Functions.Registry;

/// <summary>The properties of a function that a caller gives. Those that are left out stay unchanged.</summary>
public sealed record FunctionChanges
{
    /// <summary>A text for readers.</summary>
    public string? Description { get; init; }

    /// <summary>The handler, such as <c>index.handler</c>.</summary>
    public string? EntryPoint { get; init; }

    /// <summary>Lambda's name of the runtime, such as <c>nodejs22.x</c>.</summary>
    public string? Runtime { get; init; }

    /// <summary>Seconds, 3 to 300.</summary>
    public long? TimeLimit { get; init; }

    /// <summary>MB, 128 to 10,240.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Names and values. They replace all earlier ones.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Who may execute the function directly: one of the constants of <see cref="FunctionSettings"/>.</summary>
    public string? PermissionMode { get; init; }

    /// <summary>-9007199254740991 to 9007199254740991.</summary>
    public long? DefaultPriority { get; init; }

    /// <summary>True when failed tasks are retried, each at most three times.</summary>
    public bool? IsRetried { get; init; }

    /// <summary>Names of errors. If empty, every error is retried.</summary>
    public IReadOnlyList<string>? ErrorsToRetry { get; init; }

    /// <summary>A zip file, as base64.</summary>
    public string? Code { get; init; }

    /// <summary>True when Lambda must be told.</summary>
    public bool IsForLambda =>
        (EntryPoint ?? Runtime ?? Code) is not null || (TimeLimit ?? MemoryLimit) is not null || Environment is not null;

    /// <summary>Returns the function with these changes. The code is not part of it.</summary>
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
