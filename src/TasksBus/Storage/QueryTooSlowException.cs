namespace TasksBus.Storage;

/// <summary>A list takes longer than lists may, because they must not keep the database from other work.</summary>
public sealed class QueryTooSlowException(TimeSpan longest, Exception? inner = null) : Exception(
    $"The query takes longer than {longest.TotalSeconds:0.#} seconds on what is stored, so it was stopped. Narrow it by id, status, "
        + "functionName, creationTimestamp or startTimestamp, or leave out the count with skipCount().",
    inner);
