namespace TasksBus.Storage.Model;

/// <summary>The one row that names the functions as they are now: another value after each change that matters to tasks.</summary>
public sealed class FunctionsRevisionRow
{
    public int Id { get; set; }
    public Guid Revision { get; set; }
}
