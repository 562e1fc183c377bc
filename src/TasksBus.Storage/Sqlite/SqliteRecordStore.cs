using TasksBus.Contracts;

namespace TasksBus.Storage.Sqlite;

/// <summary>The API requests and logs that a single server keeps to be looked at.</summary>
internal sealed class SqliteRecordStore(SqliteDatabase database) : RecordStore(database)
{
    public override Task WriteAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken) =>
        database.WriteRepeatableAsync(db =>
        {
            foreach (var request in requests)
            {
                Write(db, request);
            }

            return requests.Count;
        });

    private static void Write(SqliteSession db, ApiRequest request)
    {
        var number = db.Scalar(
            """
            insert into api_requests(
                id, function_name, method, path, user_id, application_id, status_code, requested_at, duration,
                error_type, error_name, error_message)
            values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            on conflict(id) do nothing returning number
            """,
            request.Id.ToString(), request.FunctionName, request.Method, request.Path, request.UserId, request.ApplicationId,
            request.StatusCode, Microseconds.Of(request.Timestamp), Microseconds.Of(request.Duration),
            request.Error?.Type, request.Error?.Name, request.Error?.Message);
        if (number is not null && request.Log is { } log)
        {
            db.Execute("insert into api_request_logs(number, received_at, text, request_id) values(?1, ?2, ?3, ?4)",
                number, Microseconds.Of(log.ReceivedAt), log.Text, log.RequestId);
        }
    }
}
