using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    private sealed partial class CommitBatch
    {
        /// <summary>Adds tasks of the inbox. Each goes with its row, or stays in it.</summary>
        private void AddTaken(string sql, List<TaskChange> sent)
        {
            if (sent.Count == 0)
            {
                return;
            }

            sent.ForEach(change => _byId.Add(change.Task.Id, change));
            _statements.Add(
                (Command(sql, [.. ContentOf(sent), Nullable(_functions), Of(sent, static change => change.InboxPosition!.Value)]),
                    Inserted));
        }

        /// <summary>Adds events with the tasks that they trigger. All of an event goes in, or nothing.</summary>
        private void AddRaised(List<TaskChange> groups)
        {
            if (groups.Count == 0)
            {
                return;
            }

            List<(TaskId Event, TaskChange Change)> sent =
                [.. groups.SelectMany(static group => group.Inserts.Prepend(group).Select(change => (group.Raised!.Id, change)))];
            sent.ForEach(each => _byId.Add(each.Change.Task.Id, each.Change));
            _statements.Add((Command(Sql.InsertTriggered,
            [
                .. EventsOf([.. groups.Select(static group => group.Raised!)]),
                Nullable(_functions),
                Of(sent, static each => each.Event.ToGuid()),
                .. ContentOf(sent.ConvertAll(static each => each.Change)),
            ]), Inserted));
        }

        /// <summary>Adds what goes with applied changes. The statements themselves see which changes are applied.</summary>
        private void AddConsequences(List<TaskChange> moved)
        {
            var logs = moved.FindAll(static change => change.HasLog);
            if (logs.Count > 0)
            {
                _statements.Add(
                    (Command(
                        Sql.WriteLogs, Numbers(logs), Of(logs, static change => change.Log ?? ""),
                        Of(logs, static change => change.RequestIdOfLog ?? ""),
                        Of(logs, static change => change.Task.Result, NpgsqlDbType.Text),
                        Of(logs, static change => change.Task.IsResultDropped)),
                        null));
            }

            var events = _all.SelectMany(static change => change.Events, static (change, @event) => (Change: change, Event: @event))
                .ToList();
            if (events.Count > 0)
            {
                _statements.Add((Command(Sql.WriteEvents,
                    Of(events, static each => each.Change.IsInsert ? 0 : each.Change.Task.Number),
                    Of(events, static each => each.Change.Task.Id.ToGuid()),
                    Of(events, static each => each.Event.MessageId),
                    Of(events, static each => each.Event.Type),
                    Of(events, static each => each.Event.Body)), null));
            }
        }
    }
}
