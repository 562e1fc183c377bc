namespace TasksBus.Storage.Model;

/// <summary>A row with the id of a resource.</summary>
internal interface IRecordRow
{
    /// <summary>24 hex digits.</summary>
    string Id { get; }
}
