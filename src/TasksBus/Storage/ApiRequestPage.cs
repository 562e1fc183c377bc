namespace TasksBus.Storage;

/// <param name="Total">How many a query finds in all; null where it does not want to know.</param>
public sealed record ApiRequestPage(IReadOnlyList<ApiRequest> Requests, long? Total);
