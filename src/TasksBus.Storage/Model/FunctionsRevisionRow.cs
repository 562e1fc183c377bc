namespace TasksBus.Storage.Model;

/// <summary>
/// The one row that identifies the current state of the functions. Each change that matters to tasks gives it another value.
/// </summary>
internal sealed class FunctionsRevisionRow
{
    public int Id { get; set; }
    public Guid Revision { get; set; }
}
