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
}

/// <summary>What <see cref="FunctionRow.Step"/> can be.</summary>
public static class FunctionStep
{
    public const string None = "none";

    /// <summary>It is not there yet, for tasks and readers.</summary>
    public const string Creating = "creating";
    public const string Updating = "updating";
    public const string Deleting = "deleting";
}

/// <summary>Which pool's workers run a function, managed here or not.</summary>
public sealed class FunctionPoolRow
{
    /// <summary>A bare name, for each way of naming that function; or just one of these, such as an ARN, which goes before.</summary>
    public string FunctionName { get; set; } = "";
    public string Pool { get; set; } = "";
}

/// <summary>The one row that names the functions as they are now: another value after each change that matters to tasks.</summary>
public sealed class FunctionsRevisionRow
{
    public int Id { get; set; }
    public Guid Revision { get; set; }
}
