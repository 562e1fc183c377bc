namespace TasksBus.Storage;

/// <summary>The values of <see cref="StoredFunction.Step"/>.</summary>
public static class FunctionStep
{
    public const string None = "none";

    /// <summary>The function does not exist yet for tasks and readers.</summary>
    public const string Creating = "creating";
    public const string Updating = "updating";
    public const string Deleting = "deleting";
}
