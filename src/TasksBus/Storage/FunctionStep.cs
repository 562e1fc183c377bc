namespace TasksBus.Storage;

/// <summary>What <see cref="StoredFunction.Step"/> can be.</summary>
public static class FunctionStep
{
    public const string None = "none";

    /// <summary>It is not there yet, for tasks and readers.</summary>
    public const string Creating = "creating";
    public const string Updating = "updating";
    public const string Deleting = "deleting";
}
