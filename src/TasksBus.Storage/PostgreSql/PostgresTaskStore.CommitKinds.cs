namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    private sealed partial class CommitBatch
    {
        /// <summary>The changes of a batch, by the statements that they need.</summary>
        private sealed class Kinds
        {
            /// <summary>New tasks of which each is stored for itself, unless it is known.</summary>
            public List<TaskChange> Alone { get; } = [];

            /// <summary>New tasks that are stored all or not at all.</summary>
            public List<TaskChange> Together { get; } = [];

            /// <summary>New tasks that schedules make.</summary>
            public List<TaskChange> Ticks { get; } = [];

            /// <summary>New tasks and events from the inbox.</summary>
            public List<TaskChange> Taken { get; } = [];

            /// <summary>New tasks that run at once, for a caller who waits.</summary>
            public List<TaskChange> Running { get; } = [];

            /// <summary>Events with the tasks that they trigger.</summary>
            public List<TaskChange> Raised { get; } = [];

            /// <summary>Tasks that go from one place to another.</summary>
            public List<TaskChange> Moved { get; } = [];

            /// <summary>New tasks that retry others, each with the number of the other.</summary>
            public List<(TaskChange Change, long Retried)> Successors { get; } = [];

            public void Add(TaskChange change, bool expectsKnown)
            {
                if (!change.IsInsert)
                {
                    Moved.Add(change);
                    change.Inserts.ForEach(insert => Successors.Add((insert, change.Task.Number)));
                }
                else if (change.To == TaskPlace.Running)
                {
                    Running.Add(change);
                }
                else if (change.Advance is not null)
                {
                    Ticks.Add(change);
                }
                else if (change.InboxPosition is not null)
                {
                    Taken.Add(change);
                }
                else if (change.Raised is not null)
                {
                    Raised.Add(change);
                }
                else
                {
                    // A group is stored completely or not at all, so none of its tasks may be known.
                    var inserts = expectsKnown && change.Inserts.Count == 0 ? Alone : Together;
                    inserts.Add(change);
                    inserts.AddRange(change.Inserts);
                }
            }
        }
    }
}
