namespace TasksBus.Storage;

/// <summary>A managed function as it is stored: its settings, as they hold for tasks and as Lambda has them, and what is being done to it. Times are microseconds since 1970 in UTC.</summary>
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

    /// <summary>A JSON object of names and values, encrypted; null where there are none.</summary>
    public string? Environment { get; set; }
    public string PermissionMode { get; set; } = "";
    public long DefaultPriority { get; set; }
    public bool IsRetried { get; set; }

    /// <summary>Names of errors; none: every error.</summary>
    public IReadOnlyList<string> ErrorsToRetry { get; set; } = [];
    public bool IsEnabled { get; set; }
    public long UpdatedAt { get; set; }

    /// <summary>What is being done to it: one of <see cref="FunctionStep"/>.</summary>
    public string Step { get; set; } = FunctionStep.None;

    /// <summary>Names the step that is under way, in Lambda too; null where none is.</summary>
    public Guid? StepId { get; set; }

    /// <summary>From then on whoever comes next finishes the step, or takes it back.</summary>
    public long StepEndsAt { get; set; }

    /// <summary>Of an update that is under way: the function as it is to be.</summary>
    public StoredFunction? Next { get; set; }

    /// <summary>Of an update that brings code: Lambda's word for that code, its SHA-256 as base64.</summary>
    public string? NextCodeHash { get; set; }

    /// <summary>The account of AWS in which Lambda has it; null where ARNs of every account lead to it.</summary>
    public string? Account { get; set; }
}
