using System.Text.Json;

namespace TasksBus.Storage.Model;

/// <summary>A managed function: its settings, as they hold for tasks and as Lambda has them.</summary>
public sealed class FunctionRow
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

    /// <summary>A JSON array of names; null: every error.</summary>
    public string? ErrorsToRetry { get; set; }
    public bool IsEnabled { get; set; }
    public long UpdatedAt { get; set; }

    /// <summary>What is being done to it: one of <see cref="FunctionStep"/>.</summary>
    public string Step { get; set; } = FunctionStep.None;

    /// <summary>Names the step that is under way, in Lambda too; null where none is.</summary>
    public Guid? StepId { get; set; }

    /// <summary>From then on whoever comes next finishes the step, or takes it back.</summary>
    public long StepEndsAt { get; set; }

    /// <summary>Of an update that is under way: the row as it is to be, as JSON.</summary>
    public string? Next { get; set; }

    /// <summary>Of an update that brings code: Lambda's word for that code, its SHA-256 as base64.</summary>
    public string? NextCodeHash { get; set; }

    /// <summary>The account of AWS in which Lambda has it; null where ARNs of every account lead to it.</summary>
    public string? Account { get; set; }

    /// <summary>Takes over what a caller sets, but not whether it is enabled, which has calls of its own.</summary>
    public void TakeSettings(FunctionRow from)
    {
        (Description, EntryPoint, Runtime, TimeLimit, MemoryLimit) = (from.Description, from.EntryPoint, from.Runtime, from.TimeLimit, from.MemoryLimit);
        (Environment, PermissionMode, DefaultPriority, IsRetried, ErrorsToRetry) =
            (from.Environment, from.PermissionMode, from.DefaultPriority, from.IsRetried, from.ErrorsToRetry);
    }

    public static FunctionRow Of(StoredFunction function) => new()
    {
        Name = function.Name,
        Description = function.Description,
        EntryPoint = function.EntryPoint,
        Runtime = function.Runtime,
        TimeLimit = function.TimeLimit,
        MemoryLimit = function.MemoryLimit,
        Environment = function.Environment,
        PermissionMode = function.PermissionMode,
        DefaultPriority = function.DefaultPriority,
        IsRetried = function.IsRetried,
        ErrorsToRetry = StoredTexts.Write(function.ErrorsToRetry),
        IsEnabled = function.IsEnabled,
        UpdatedAt = function.UpdatedAt,
        Step = function.Step,
        StepId = function.StepId,
        StepEndsAt = function.StepEndsAt,
        Next = NextOf(function.Next),
        NextCodeHash = function.NextCodeHash,
        Account = function.Account,
    };

    /// <summary>What a function is to become, as it is stored.</summary>
    public static string? NextOf(StoredFunction? next) => next is null ? null : JsonSerializer.Serialize(Of(next));

    public StoredFunction ToFunction() => new()
    {
        Name = Name,
        Description = Description,
        EntryPoint = EntryPoint,
        Runtime = Runtime,
        TimeLimit = TimeLimit,
        MemoryLimit = MemoryLimit,
        Environment = Environment,
        PermissionMode = PermissionMode,
        DefaultPriority = DefaultPriority,
        IsRetried = IsRetried,
        ErrorsToRetry = StoredTexts.Read(ErrorsToRetry),
        IsEnabled = IsEnabled,
        UpdatedAt = UpdatedAt,
        Step = Step,
        StepId = StepId,
        StepEndsAt = StepEndsAt,
        Next = Next is null ? null : JsonSerializer.Deserialize<FunctionRow>(Next)!.ToFunction(),
        NextCodeHash = NextCodeHash,
        Account = Account,
    };
}
