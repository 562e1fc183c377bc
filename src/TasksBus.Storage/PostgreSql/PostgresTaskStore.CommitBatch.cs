using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    /// <summary>Turns changes into statements, and the results of the statements into outcomes.</summary>
    private sealed partial class CommitBatch
    {
        private static readonly Comparison<TaskChange> s_byNumber = static (left, right) => left.Task.Number.CompareTo(right.Task.Number);

        private static readonly List<string> s_finalStates = [TaskStates.Complete, TaskStates.Failed, TaskStates.Retried];

        private readonly IReadOnlyList<TaskChange> _changes;
        private readonly Guid? _functions;
        private readonly List<TaskChange> _all = [];
        private readonly List<AppliedChange> _applied = [];
        private readonly Dictionary<long, TaskChange> _byNumber = [];
        private readonly Dictionary<TaskId, TaskChange> _byId = [];
        private readonly List<(NpgsqlBatchCommand, Action<NpgsqlDataReader>?)> _statements = [];

        /// <summary>The tasks that no other transaction held. Null when the statements wait for held tasks.</summary>
        private readonly HashSet<long>? _free;
        private readonly HashSet<long> _there = [];

        /// <param name="expectsKnown">True when a task may be known already.</param>
        /// <param name="isInHaste">True when tasks that another transaction holds are skipped.</param>
        /// <param name="functions">The revision of the functions that this process knows now. Changes that were computed from another
        /// revision are left out.</param>
        /// <param name="inbox">The statements on the inbox.</param>
        public CommitBatch(
            IReadOnlyList<TaskChange> changes, bool expectsKnown, bool isInHaste, Guid functions, InboxStatements inbox)
        {
            _changes = changes;
            _free = isInHaste ? [] : null;
            _functions = changes.Any(static change => change.FunctionsRevision is not null) ? functions : null;
            Outcomes = new CommitOutcome[changes.Count];
            Kinds kinds = new();
            foreach (var change in changes)
            {
                if (change.FunctionsRevision is { } revision && revision != functions)
                {
                    continue;
                }

                _all.Add(change);
                _all.AddRange(change.Inserts);
                kinds.Add(change, expectsKnown);
                if (!change.IsInsert)
                {
                    _byNumber.Add(change.Task.Number, change);
                }
            }

            AddAll(kinds, inbox);
        }

        public List<(NpgsqlBatchCommand, Action<NpgsqlDataReader>?)> Statements => _statements;

        public CommitOutcome[] Outcomes { get; }

        /// <summary>Call this after the commit. It tells the changes their outcomes.</summary>
        public void Committed()
        {
            _applied.ForEach(static applied => applied.CopyToTask());
            var changes = _applied.Select(static applied => applied.Change).ToHashSet();
            for (var i = 0; i < Outcomes.Length; i++)
            {
                Outcomes[i] = changes.Contains(_changes[i]) ? CommitOutcome.Applied
                    : _free is not null && !_changes[i].IsInsert && _there.Contains(_changes[i].Task.Number)
                        && !_free.Contains(_changes[i].Task.Number) ? CommitOutcome.Held
                    : CommitOutcome.Conflict;
            }
        }

        /// <summary>
        /// A claim that was not applied lost its race, unless its task still waits exactly as it was read. In that case the task is not
        /// due, or the worker is not alive.
        /// </summary>
        public async Task FindRefusalsAsync(Func<List<TaskChange>, Task<IReadOnlyList<long>>> stillWaiting)
        {
            // Most commits have no conflict. They end here, without an allocation.
            if (Array.IndexOf(Outcomes, CommitOutcome.Conflict) < 0)
            {
                return;
            }

            var claims = Enumerable.Range(0, Outcomes.Length)
                .Where(i => Outcomes[i] == CommitOutcome.Conflict && _changes[i].IsClaim).ToList();
            if (claims.Count > 0)
            {
                List<TaskChange> ordered = [.. claims.Select(i => _changes[i]).OrderBy(static claim => claim.Task.Number)];
                var refused = (await stillWaiting(ordered)).ToHashSet();
                claims.FindAll(i => refused.Contains(_changes[i].Task.Number)).ForEach(i => Outcomes[i] = CommitOutcome.Refused);
            }
        }

        /// <summary>
        /// Adds the statements. Their order is the same everywhere, so transactions wait for each other instead of deadlocking.
        /// </summary>
        private void AddAll(Kinds kinds, InboxStatements inbox)
        {
            var moved = kinds.Moved;
            moved.Sort(s_byNumber);
            AddInserts(Sql.InsertUnlessKnown, kinds.Alone);
            AddClaims(moved.FindAll(static change => change.IsClaim));
            AddFinished(moved.FindAll(static change => change is { From: TaskPlace.Running, To: TaskPlace.Finished }));
            AddMove(Sql.Cancel, moved.FindAll(static change => change is { From: TaskPlace.Waiting, To: TaskPlace.Finished }));
            AddGivenBack(moved.FindAll(static change => change is { From: TaskPlace.Running, To: TaskPlace.Waiting }));
            AddInserts(Sql.Insert, kinds.Together);
            AddTicks(kinds.Ticks);
            AddTaken(inbox.Take, kinds.Taken);
            AddRaised(kinds.Raised);
            AddSuccessors(kinds.Successors);
            AddRunning(kinds.Running);
            AddConsequences(moved);
        }

        private void AddInserts(string sql, List<TaskChange> sent)
        {
            if (sent.Count == 0)
            {
                return;
            }

            sent.ForEach(change => _byId.Add(change.Task.Id, change));
            _statements.Add((Command(sql, [.. ContentOf(sent), Nullable(_functions)]), Inserted));
        }

        private void AddTicks(List<TaskChange> sent)
        {
            if (sent.Count == 0)
            {
                return;
            }

            sent.ForEach(change => _byId.Add(change.Task.Id, change));
            var command = Advancing(Sql.InsertTicks, [.. sent.Select(static change => change.Advance!)], _functions);
            foreach (var column in ContentOf(sent))
            {
                command.Parameters.Add(column);
            }

            _statements.Add((command, Inserted));
        }

        /// <summary>The content of new tasks, as columns.</summary>
        private static NpgsqlParameter[] ContentOf(List<TaskChange> sent, bool withInput = true) =>
        [
            Of(sent, static change => change.Task.Id.ToGuid()),
            Of(sent, static change => change.Task.FunctionName),
            Of(sent, static change => change.Task.Pool),
            Of(sent, static change => change.Task.Priority),
            Of(sent, static change => change.Task.StartTimestamp is { } start ? Microseconds.Of(start) : (long?)null),
            .. withInput ? [Of(sent, static change => change.Task.Data, NpgsqlDbType.Json)] : Array.Empty<NpgsqlParameter>(),
            Of(sent, static change => TaskReader.TagsOf(change.Task), NpgsqlDbType.Jsonb),
            Of(sent, static change => change.Task.CreatedByUserId, NpgsqlDbType.Text),
            Of(sent, static change => change.Task.CreatedByApplicationId, NpgsqlDbType.Text),
            Of(sent, static change => change.Task.Reference, NpgsqlDbType.Text),
            Of(sent, static change => change.Task.Publisher, NpgsqlDbType.Text),
            Of(sent, static change => (short)change.Task.Depth),
            Of(sent, static change => change.Task.TraceParent, NpgsqlDbType.Text),
        ];

        private void AddSuccessors(List<(TaskChange Change, long Retried)> sent)
        {
            if (sent.Count == 0)
            {
                return;
            }

            sent.ForEach(each => _byId.Add(each.Change.Task.Id, each.Change));
            _statements.Add((Command(Sql.InsertSuccessors,
            [
                .. ContentOf(sent.ConvertAll(static each => each.Change), withInput: false),
                Of(sent, static each => TaskReader.RetryForTaskIdsOf(each.Change.Task), NpgsqlDbType.Jsonb),
                Of(sent, static each => each.Retried),
                Of(sent, static each => Microseconds.Of(each.Change.DueAfter ?? TimeSpan.Zero)),
            ]), Inserted));
        }

        private void AddRunning(List<TaskChange> sent)
        {
            if (sent.Count == 0)
            {
                return;
            }

            sent.ForEach(change => _byId.Add(change.Task.Id, change));
            _statements.Add((Command(Sql.InsertRunning,
            [
                .. ContentOf(sent),
                Of(sent, static change => change.Task.ClaimId!.Value),
                Of(sent, static change => change.Task.WorkerId!.Value),
                Of(sent, static change => Microseconds.Of(change.TimeLimit!.Value)),
                Nullable(_functions),
            ]), Inserted));
        }

        private void AddClaims(List<TaskChange> claims)
        {
            if (claims.Count == 0)
            {
                return;
            }

            Guid[] workers = [.. claims.Select(static claim => claim.Task.WorkerId!.Value).Distinct()];
            _statements.Add((Command(Sql.LockWorkers, Of(workers, static worker => worker)), static _ => { }));
            AddMove(Sql.Claim, claims,
                Of(claims, static claim => claim.Task.ClaimId!.Value),
                Of(claims, static claim => claim.Task.WorkerId!.Value),
                Of(claims, static claim => Microseconds.Of(claim.TimeLimit!.Value)),
                Of(claims, static claim => claim.Task.Id.ToGuid()),
                Nullable(_functions));
        }

        private void AddFinished(List<TaskChange> finished)
        {
            if (finished.Count > 0)
            {
                AddMove(Sql.Finish, finished,
                    Of(finished, static change => s_finalStates.IndexOf(change.Task.Status) + 1),
                    Of(finished, static change => change.Task.Error is not null),
                    Of(finished, static change => change.Task.Error?.Type ?? ""),
                    Of(finished, static change => change.Task.Error?.Name ?? ""),
                    Of(finished, static change => change.Task.Error?.Message ?? ""),
                    Of(finished, static change => change.Task.RetriedByTaskId?.ToGuid() ?? Guid.Empty),
                    Nullable(_functions));
            }
        }

        private void AddGivenBack(List<TaskChange> given)
        {
            if (given.Count > 0)
            {
                AddMove(Sql.Snooze, given,
                    Of(given, static change => Microseconds.Of(change.DueAfter ?? TimeSpan.Zero)),
                    Of(given, static change => change.Task.NotRunSince is { } since ? Microseconds.Of(since) : (long?)null),
                    Of(given, static change => change.Task.NotRunCount),
                    Of(given, static change => change.NotRun?.Name, NpgsqlDbType.Text),
                    Of(given, static change => change.NotRun?.Message, NpgsqlDbType.Text));
            }
        }

        private void AddMove(Move move, List<TaskChange> moved, params ReadOnlySpan<NpgsqlParameter> others)
        {
            if (moved.Count == 0)
            {
                return;
            }

            if (_free is { } free)
            {
                _statements.Add((Command(move.There, Numbers(moved)), row => _there.Add(row.GetInt64(0))));
                _statements.Add((Command(move.Hold, Numbers(moved)), row => free.Add(row.GetInt64(0))));
            }

            _statements.Add((Command(_free is null ? move.Waiting : move.Free, [Numbers(moved), Versions(moved), .. others]), Moved));
        }

        private void Inserted(NpgsqlDataReader row) =>
            _applied.Add(new(_byId[TaskId.FromGuid(row.GetGuid(0))], row.GetInt64(3), row.GetInt64(1), row.GetInt64(2)));

        private void Moved(NpgsqlDataReader row) => _applied.Add(AppliedChange.Moved(_byNumber[row.GetInt64(0)], row.GetInt64(1)));

        private static NpgsqlParameter<long[]> Numbers(List<TaskChange> changes) => Of(changes, static change => change.Task.Number);

        private static NpgsqlParameter<long[]> Versions(List<TaskChange> changes) =>
            Of(changes, static change => change.ExpectedVersion!.Value);
    }
}
