namespace TasksBus.Storage;

/// <summary>
/// A managed function as it is stored: its settings for tasks and in Lambda, and the step that is under way. Times are microseconds since
/// 1970 in UTC.
/// </summary>
public sealed class StoredFunction
{
    /// <summary>1 to 64 characters of <c>[A-Za-z0-9_-]</c>. It is also the function's name in Lambda.</summary>
    public string Name { get; set; } = "";

    /// <summary>A text for readers. Null when there is none.</summary>
    public string? Description { get; set; }

    /// <summary>The handler, such as <c>index.handler</c>.</summary>
    public string EntryPoint { get; set; } = "";

    /// <summary>Lambda's name of the runtime, such as <c>nodejs22.x</c>.</summary>
    public string Runtime { get; set; } = "";

    /// <summary>Seconds.</summary>
    public int TimeLimit { get; set; }

    /// <summary>MB.</summary>
    public int MemoryLimit { get; set; }

    /// <summary>A JSON object of names and values, encrypted. Null when there are none.</summary>
    public string? Environment { get; set; }

    /// <summary>Who may execute the function directly, as <see cref="Functions.Registry.FunctionSettings"/> names it.</summary>
    public string PermissionMode { get; set; } = "";

    /// <summary>The priority of tasks that give none.</summary>
    public long DefaultPriority { get; set; }

    /// <summary>True when failed tasks are retried, each at most three times.</summary>
    public bool IsRetried { get; set; }

    /// <summary>Names of errors. If empty, every error is retried.</summary>
    public IReadOnlyList<string> ErrorsToRetry { get; set; } = [];

    /// <summary>False when the function is disabled. Its tasks then fail at their start.</summary>
    public bool IsEnabled { get; set; }

    /// <summary>When the function was last changed.</summary>
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
