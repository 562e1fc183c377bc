using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Holds back the tasks of functions that not every worker of their pool has. Workers with functions of their own may be of several
/// versions while a new one is rolled out. Such tasks wait aside, in their order, until each worker has their function. Pools whose workers
/// invoke functions elsewhere cost nothing here.
/// </summary>
internal sealed class HeldFunctions(IReadyQueue queue, TimeProvider clock, ILogger logger)
{
    private const int AtOnce = 5_000;

    /// <summary>How many steps in a row may delay the other pools.</summary>
    private const int StepsInARow = 10;

    private static readonly TimeSpan s_reminder = TimeSpan.FromMinutes(1);

    /// <summary>The functions that each worker of a pool has. A pool whose workers run any function is not here.</summary>
    private readonly Dictionary<string, HashSet<string>> _common = [];

    private readonly Dictionary<string, long> _toldAt = [];
    private ILookup<string, WorkerRow> _workers = Array.Empty<WorkerRow>().ToLookup(static worker => worker.Pool);

    /// <summary>Records who works now.</summary>
    /// <returns>The pools whose workers have other functions in common than before. What was released there may not be fit any
    /// more.</returns>
    public IReadOnlyCollection<string> Note(IReadOnlyList<WorkerRow> workers)
    {
        _workers = workers.ToLookup(static worker => worker.Pool);
        List<string> changed = [];
        foreach (var pool in _workers)
        {
            var common = CommonOf(pool);
            if (common is null ? _common.Remove(pool.Key) : !_common.TryGetValue(pool.Key, out var before) || !before.SetEquals(common))
            {
                changed.Add(pool.Key);
            }

            if (common is not null)
            {
                _common[pool.Key] = common;
            }
        }

        return changed;
    }

    /// <summary>Forgets everything, because another process may lead meanwhile.</summary>
    public void Forget() => _common.Clear();

    /// <summary>Puts back what each worker of its pool can run now, and says what waits on.</summary>
    public async Task PutBackAsync(IEnumerable<WaitingPool> waiting, CancellationToken cancellationToken)
    {
        foreach (var (aside, (pool, function)) in waiting.Select(static one => (one.Pool, PoolNames.PartsOf(one.Pool)))
            .Where(static one => one.Item2 is not null).Select(static one => (one.Pool, one.Item2!.Value)))
        {
            if (!_workers.Contains(pool))
            {
                continue;
            }

            if (!Has(pool, function))
            {
                Tell(pool, function);
                continue;
            }

            for (var step = 0;
                step < StepsInARow && await queue.PutBackAsync(aside, pool, AtOnce, cancellationToken) == AtOnce;
                step++)
            {
                // The rest comes with the next step, or with the next look at the pools.
            }

            _toldAt.Remove(aside);
        }
    }

    /// <summary>Puts aside what may not be released of what was found.</summary>
    /// <param name="look">Looks again.</param>
    /// <returns>The view without such tasks.</returns>
    public async Task<PoolView> PutAsideAsync(string pool, PoolView view, Func<Task<PoolView>> look, CancellationToken cancellationToken)
    {
        for (var step = 0; _common.ContainsKey(pool) && view.Next.Count > 0; step++)
        {
            var functions = await queue.FunctionsOfAsync([.. view.Next.Select(static task => task.Rank.Number)], cancellationToken);
            var lacking = functions.Values.Where(function => !Has(pool, function)).ToHashSet();
            if (lacking.Count == 0)
            {
                return view;
            }

            if (step == StepsInARow || await queue.PutAsideAsync(pool, lacking, AtOnce, cancellationToken) == 0)
            {
                return view with
                {
                    Next = [.. view.Next.Where(task =>
                        functions.TryGetValue(task.Rank.Number, out var function) && !lacking.Contains(function))],
                };
            }

            foreach (var function in lacking)
            {
                Tell(pool, function);
            }

            view = await look();
        }

        return view;
    }

    /// <summary>
    /// A worker that offers no slots takes nothing, so it may lack a function. If none offers any, what was known before stays.
    /// </summary>
    private HashSet<string>? CommonOf(IGrouping<string, WorkerRow> pool)
    {
        var named = pool.Where(static worker => worker.Functions is not null).ToList();
        if (named.Count == 0)
        {
            return null;
        }

        var taking = named.Where(static worker => worker.Slots > 0).ToList();
        if (taking.Count == 0 && _common.TryGetValue(pool.Key, out var before))
        {
            return before;
        }

        return (taking.Count > 0 ? taking : named).Select(static worker => worker.Functions!.ToHashSet(StringComparer.Ordinal))
            .Aggregate(static (all, next) =>
            {
                all.IntersectWith(next);
                return all;
            });
    }

    private bool Has(string pool, string function) =>
        !_common.TryGetValue(pool, out var common) || common.Contains(FunctionName.BareName(function));

    /// <summary>Logs at once, and then once a minute, that tasks wait for a function.</summary>
    private void Tell(string pool, string function)
    {
        var aside = PoolNames.Aside(pool, function);
        if (_toldAt.TryGetValue(aside, out var at) && clock.GetElapsedTime(at) < s_reminder)
        {
            return;
        }

        _toldAt[aside] = clock.GetTimestamp();
        var name = FunctionName.BareName(function);
        var lacking = _workers[pool].Where(worker => worker.Functions?.Contains(name) == false).Select(static worker => worker.Host)
            .Distinct(StringComparer.Ordinal);
        logger.FunctionMissing(pool, function, string.Join(", ", lacking));
    }
}
