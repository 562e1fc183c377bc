using Spectre.Console;
using TasksBus.Contracts;

namespace TasksBus.Tool.Commands;

/// <summary>Does one thing to many tasks, some at once, and shows how far it is.</summary>
internal static class EachTask
{
    private const int AtOnce = 8;

    /// <summary>Fewer are done before anybody would read how far it is.</summary>
    private const int ShownFrom = 20;

    /// <summary>Does it. What is refused for one task stops the others only if they would be refused too.</summary>
    /// <param name="what">What is done, for the progress.</param>
    /// <returns>What became of each, in the order of the ids, also when it was interrupted.</returns>
    public static async Task<IReadOnlyList<Attempt<T>>> DoAsync<T>(
        IReadOnlyList<TaskId> ids, string what, Session session, Func<TaskId, CancellationToken, Task<T>> act,
        CancellationToken cancellationToken)
    {
        Attempt<T>[] attempts = [.. ids.Select(static id => new Attempt<T>(id, false, default!, null))];
        if (ids.Count < ShownFrom || !session.Screen.ShowsProgress)
        {
            await AllAsync(attempts, act, static () => { }, cancellationToken);
            return attempts;
        }

        await session.Screen.ProgressBar().StartAsync(progress =>
        {
            var shown = progress.AddTask(what, maxValue: ids.Count);
            return AllAsync(attempts, act, () => shown.Increment(1), cancellationToken);
        });
        return attempts;
    }

    private static async Task AllAsync<T>(
        Attempt<T>[] attempts, Func<TaskId, CancellationToken, Task<T>> act, Action done, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ParallelOptions options = new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop.Token };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, attempts.Length), options, async (i, _) =>
            {
                // The loop learns of the end a moment later.
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                var id = attempts[i].Id;
                try
                {
                    attempts[i] = new(id, true, await act(id, cancellationToken), null);
                }
                catch (TasksBusException refusal)
                {
                    attempts[i] = new(id, false, default!, refusal);
                    if (attempts[i].StopsAll)
                    {
                        await stop.CancelAsync();
                    }
                }

                done();
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is done stays done, and is shown.
        }
    }
}
