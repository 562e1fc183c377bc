using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit.Waiting;

/// <summary>
/// One caller's wait for the end of a task. What it hears makes it read the task, and only what it reads counts. So no event is needed, and
/// none misleads.
/// </summary>
/// <param name="patience">How long a task may be unknown, whose message may be on its way.</param>
internal sealed class EndWait(ITaskClient tasks, EndListener listener, TimeProvider time, TimeSpan patience)
{
    /// <summary>The longest pause between two reads of a task of which nothing is heard.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_firstPauseOfUnknown = TimeSpan.FromMilliseconds(100);

    /// <summary>The task that was read last. Null before the first read.</summary>
    public TaskSnapshot? Last { get; private set; }

    /// <summary>Waits for the end of a task, and of those that retry it.</summary>
    /// <exception cref="ResourceUnknownException">The task is unknown, and stays so.</exception>
    public async Task<TaskSnapshot> UntilEndAsync(TaskId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var ended = await UntilFinalAsync(id, cancellationToken).ConfigureAwait(false);
            if (ended.RetriedByTaskId is not { } successor)
            {
                return ended;
            }

            id = successor;
        }
    }

    private async Task<TaskSnapshot> UntilFinalAsync(TaskId id, CancellationToken cancellationToken)
    {
        using var ear = listener.Listen(id);
        var begun = time.GetTimestamp();
        var (pause, isKnown) = (s_firstPauseOfUnknown, false);
        while (true)
        {
            // Whatever is heard from here on is newer than what the read finds.
            var heard = ear.NextAsync();
            var task = await ReadAsync(id, cancellationToken).ConfigureAwait(false);
            if (task is { IsFinal: true })
            {
                return task;
            }

            if (task is null && time.GetElapsedTime(begun) > patience)
            {
                throw new ResourceUnknownException(
                    ErrorCode.ResourceUnknown, $"There is no task {id}. Its command may have been refused: see the server's error queue.");
            }

            if (task is not null && !isKnown)
            {
                (pause, isKnown) = (s_firstPause, true);
            }

            await HeardOrOverAsync(heard, pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Reads the task, however long no answer comes.</summary>
    private async Task<TaskSnapshot?> ReadAsync(TaskId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var task = await tasks.FindAsync(id, cancellationToken).ConfigureAwait(false);
                Last = task ?? Last;
                return task;
            }
            catch (TasksBusUnavailableException)
            {
                // It is logged, and the caller's own time-out ends it.
                await Task.Delay(s_firstPause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task HeardOrOverAsync(Task heard, TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await heard.WaitAsync(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nothing was heard. The task is read all the same.
        }
    }
}
