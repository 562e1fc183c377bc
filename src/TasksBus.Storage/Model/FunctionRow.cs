using System.Text.Json;

namespace TasksBus.Storage.Model;

/// <summary>A managed function: its settings for tasks and its settings in Lambda.</summary>
internal sealed class FunctionRow
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

    /// <summary>A JSON array of names. Null means every error.</summary>
    public string? ErrorsToRetry { get; set; }
    public bool IsEnabled { get; set; }
    public long UpdatedAt { get; set; }

    /// <summary>The change that is under way: one of <see cref="FunctionStep"/>.</summary>
    public string Step { get; set; } = FunctionStep.None;

    /// <summary>The id of the step that is under way, in Lambda too. Null when there is none.</summary>
    public Guid? StepId { get; set; }

    /// <summary>After this time, the next process that looks finishes the step or takes it back.</summary>
    public long StepEndsAt { get; set; }

    /// <summary>During an update: the row as it will be, as JSON.</summary>
    public string? Next { get; set; }

    /// <summary>During an update with code: Lambda's hash of that code, the SHA-256 as base64.</summary>
    public string? NextCodeHash { get; set; }

    /// <summary>The AWS account in which Lambda has the function. Null when ARNs of every account lead to it.</summary>
    public string? Account { get; set; }

    /// <summary>Takes over what a caller sets, except whether the function is enabled, which has calls of its own.</summary>
    public void TakeSettings(FunctionRow from)
    {
        (Description, EntryPoint, Runtime, TimeLimit, MemoryLimit) =
            (from.Description, from.EntryPoint, from.Runtime, from.TimeLimit, from.MemoryLimit);
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

    /// <summary>The stored form of what a function becomes.</summary>
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
