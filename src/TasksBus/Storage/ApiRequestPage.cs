namespace TasksBus.Storage;

/// <param name="Total">How many requests the query finds in all. Null when it does not ask for that.</param>
public sealed record ApiRequestPage(IReadOnlyList<ApiRequest> Requests, long? Total);
