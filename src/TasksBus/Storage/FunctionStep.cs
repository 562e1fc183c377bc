namespace TasksBus.Storage;

/// <summary>The values of <see cref="StoredFunction.Step"/>.</summary>
public static class FunctionStep
{
    /// <summary>No change is under way.</summary>
    public const string None = "none";

    /// <summary>The function does not exist yet for tasks and readers.</summary>
    public const string Creating = "creating";

    /// <summary>The function keeps its old settings for tasks until the update is done.</summary>
    public const string Updating = "updating";

    /// <summary>The function is about to be removed.</summary>
    public const string Deleting = "deleting";
}
