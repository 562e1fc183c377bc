namespace TasksBus.Storage;

/// <summary>
/// A managed function as it is stored: its settings for tasks and in Lambda, and the step that is under way. Times are microseconds since
/// 1970 in UTC.
/// </summary>
public sealed class StoredFunction
{
    public string Name { get; set; } = "";
    public string? Description { get; set; }
    public string EntryPoint { get; set; } = "";
    public string Runtime { get; set; } = "";

    /// <summary>Seconds.</summary>
    public int TimeLimit { get; set; }

    /// <summary>MB.</summary>
    public int MemoryLimit { get; set; }

    /// <summary>A JSON object of names and values, encrypted. Null when there are none.</summary>
    public string? Environment { get; set; }
    public string PermissionMode { get; set; } = "";
    public long DefaultPriority { get; set; }
    public bool IsRetried { get; set; }

    /// <summary>Names of errors. If empty, every error is retried.</summary>
    public IReadOnlyList<string> ErrorsToRetry { get; set; } = [];
    public bool IsEnabled { get; set; }
    public long UpdatedAt { get; set; }

    /// <summary>The change that is under way: one of <see cref="FunctionStep"/>.</summary>
    public string Step { get; set; } = FunctionStep.None;

    /// <summary>The id of the step that is under way, in Lambda too. Null when there is none.</summary>
    public Guid? StepId { get; set; }

    /// <summary>After this time, the next process that looks finishes the step or takes it back.</summary>
    public long StepEndsAt { get; set; }

    /// <summary>During an update: the function as it will be.</summary>
    public StoredFunction? Next { get; set; }

    /// <summary>During an update with code: Lambda's hash of that code, the SHA-256 as base64.</summary>
    public string? NextCodeHash { get; set; }

    /// <summary>The AWS account in which Lambda has the function. Null when ARNs of every account lead to it.</summary>
    public string? Account { get; set; }
}
