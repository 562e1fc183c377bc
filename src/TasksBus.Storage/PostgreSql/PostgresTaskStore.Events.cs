using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    public async Task<bool> TryAddAsync(RaisedEvent raised, Guid functions) => (await ListAsync(
        database.Hot, Command(Sql.InsertEvents, [.. EventsOf([raised]), Value(functions)]), static row => row.GetGuid(0),
        CancellationToken.None)).Count == 1;

    /// <summary>Events that were raised, as columns.</summary>
    private static NpgsqlParameter[] EventsOf(List<RaisedEvent> raised) =>
    [
        Of(raised, static each => each.Id.ToGuid()),
        Of(raised, static each => each.Type),
        Of(raised, static each => each.Content, NpgsqlDbType.Json),
        Of(raised, static each => each.Depth),
        Of(raised, static each => each.TaskCount),
        Of(raised, static each => each.RaisedByTaskId?.ToGuid()),
        Of(raised, static each => each.CreatedByUserId, NpgsqlDbType.Text),
        Of(raised, static each => each.CreatedByApplicationId, NpgsqlDbType.Text),
        Of(raised, static each => each.CreatedAt),
    ];
}
