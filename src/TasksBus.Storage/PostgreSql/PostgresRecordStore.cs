using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The API requests and logs that a cluster keeps to be looked at.</summary>
internal sealed class PostgresRecordStore(PostgresDatabase database) : RecordStore(database)
{
    public override async Task WriteAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requests);
        await PostgresDatabase.RepeatableAsync(async () =>
        {
            await using var command = database.Hot.CreateCommand(Sql.WriteApiRequests);
            command.Parameters.Add(Of(requests, static request => request.Id.ToGuid()));
            command.Parameters.Add(Of(requests, static request => request.FunctionName));
            command.Parameters.Add(Of(requests, static request => request.Method));
            command.Parameters.Add(Of(requests, static request => request.Path));
            command.Parameters.Add(Text(requests, static request => request.UserId));
            command.Parameters.Add(Text(requests, static request => request.ApplicationId));
            command.Parameters.Add(Of(requests, static request => request.StatusCode));
            command.Parameters.Add(Of(requests, static request => Microseconds.Of(request.Timestamp)));
            command.Parameters.Add(Of(requests, static request => Microseconds.Of(request.Duration)));
            command.Parameters.Add(Text(requests, static request => request.Error?.Type));
            command.Parameters.Add(Text(requests, static request => request.Error?.Name));
            command.Parameters.Add(Text(requests, static request => request.Error?.Message));
            command.Parameters.Add(Text(requests, static request => request.Log?.Text));
            command.Parameters.Add(Of(requests, static request => Microseconds.Of(request.Log?.ReceivedAt ?? request.Timestamp)));
            command.Parameters.Add(Text(requests, static request => request.Log?.RequestId));
            return await command.ExecuteNonQueryAsync(cancellationToken);
        });
    }

    private static NpgsqlParameter<T[]> Of<T>(IReadOnlyList<ApiRequest> requests, Func<ApiRequest, T> column) =>
        new() { TypedValue = [.. requests.Select(column)] };

    private static NpgsqlParameter<string?[]> Text(IReadOnlyList<ApiRequest> requests, Func<ApiRequest, string?> column) =>
        new() { TypedValue = [.. requests.Select(column)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
