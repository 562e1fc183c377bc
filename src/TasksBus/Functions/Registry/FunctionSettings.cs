namespace TasksBus.Functions.Registry;

/// <summary>A managed function as its callers see it.</summary>
public sealed record FunctionSettings
{
    /// <summary>The permission mode in which only callers with a permission for the function may execute it.</summary>
    public const string PermissionRequired = "permissionRequired";

    /// <summary>The permission mode in which every known caller may execute the function.</summary>
    public const string AllUsers = "allUsers";

    /// <summary>The permission mode in which anybody may execute the function.</summary>
    public const string Public = "public";

    /// <summary>1 to 64 characters of <c>[A-Za-z0-9_-]</c>. It is also the function's name in Lambda.</summary>
    public required string Name { get; init; }

    /// <summary>A text for readers. Null when there is none.</summary>
    public string? Description { get; init; }

    /// <summary>The handler, such as <c>index.handler</c>.</summary>
    public string EntryPoint { get; init; } = "";

    /// <summary>Lambda's name of the runtime, such as <c>nodejs22.x</c>.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>Seconds, 3 to 300.</summary>
    public long TimeLimit { get; init; } = 30;

    /// <summary>MB, 128 to 10,240.</summary>
    public long MemoryLimit { get; init; } = 128;

    /// <summary>Names and values. Null when the stored ones cannot be decrypted any more.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Who may execute the function directly.</summary>
    public string PermissionMode { get; init; } = PermissionRequired;

    /// <summary>-9007199254740991 to 9007199254740991.</summary>
    public long DefaultPriority { get; init; }

    /// <summary>True when failed tasks are retried, each at most three times.</summary>
    public bool IsRetried { get; init; }

    /// <summary>Names of errors. If empty, every error is retried.</summary>
    public IReadOnlyList<string> ErrorsToRetry { get; init; } = [];

    /// <summary>False when the function is disabled. Its tasks then fail at their start.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>When the function was last changed.</summary>
    public DateTimeOffset UpdateTimestamp { get; init; }
}
