namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// A deployed function as it is stored and shown. The fields, their units and their values are those of Lambda's FunctionConfiguration.
/// </summary>
internal sealed record FunctionRecord
{
    public const int DefaultTimeout = 3;
    public const int DefaultMemory = 128;

    public required string Name { get; init; }

    public required string Runtime { get; init; }

    public required string Handler { get; init; }

    public string Role { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Seconds, 1 to 900.</summary>
    public int Timeout { get; init; } = DefaultTimeout;

    /// <summary>MB, 128 to 10,240.</summary>
    public int MemorySize { get; init; } = DefaultMemory;

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public string Architecture { get; init; } = "x86_64";

    /// <summary>Names the zip file in the store.</summary>
    public string CodeId { get; init; } = "";

    /// <summary>The hash of the zip file, in base64.</summary>
    public string CodeSha256 { get; init; } = "";

    /// <summary>The size of the zip file in bytes.</summary>
    public long CodeSize { get; init; }

    public string RevisionId { get; init; } = "";

    public DateTimeOffset LastModified { get; init; }

    public required FunctionState State { get; init; }

    public string? StateReason { get; init; }

    public string? StateReasonCode { get; init; }

    /// <summary>Null until the function has been active once.</summary>
    public UpdateStatus? LastUpdateStatus { get; init; }

    public string? LastUpdateReason { get; init; }

    public string? LastUpdateReasonCode { get; init; }

    /// <summary>The function once its code is unpacked.</summary>
    public FunctionRecord AsActive() => this with
    {
        State = FunctionState.Active,
        StateReason = null,
        StateReasonCode = null,
        LastUpdateStatus = UpdateStatus.Successful,
        LastUpdateReason = null,
        LastUpdateReasonCode = null,
    };
}

internal enum FunctionState
{
    /// <summary>Its code is being unpacked.</summary>
    Pending,
    Active,

    /// <summary>Its code could not be unpacked; the reason says why.</summary>
    Failed,
}

internal enum UpdateStatus
{
    InProgress,
    Successful,

    /// <summary>The function runs as it did before the update; the reason says why.</summary>
    Failed,
}

/// <summary>A function on disk: how it runs, and the version that it becomes while an update is under way.</summary>
internal sealed record SavedFunction(FunctionRecord Current, FunctionRecord? Next = null)
{
    /// <summary>The function as Lambda shows it, with the update that is under way.</summary>
    public FunctionRecord Shown => Next ?? Current;
}
