using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TasksBus.Client;
using TasksBus.Tool.Connecting;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary>All tasks that a query finds, page by page, while tasks come, change and go.</summary>
/// <param name="terms">The terms of the query, without a limit.</param>
internal sealed class WholeList(ServerCalls calls, IReadOnlyList<string> terms)
{
    /// <summary>The most that a server gives at once.</summary>
    public const int MostAtOnce = 50;

    /// <summary>They stand in the address, and proxies often end addresses at 8 KB.</summary>
    private const int MostLeftOut = 100;

    private const string NewestFirst = "sort(-creationTimestamp)";

    /// <summary>The pages, each task once.</summary>
    /// <exception cref="ToolException">The server refused, or no answer came.</exception>
    public IAsyncEnumerable<IReadOnlyList<JsonElement>> PagesAsync(CancellationToken cancellationToken) =>
        // The server decodes a query before it reads its terms.
        terms.Any(static term => Uri.UnescapeDataString(term).Contains("sort(", StringComparison.Ordinal))
            ? ByOffsetAsync([], cancellationToken) : ByTimeAsync(cancellationToken);

    /// <summary>
    /// The newest first. Each page begins after the last task of the one before, at no offset. So whatever comes and goes meanwhile, no
    /// task is left out that the query finds all the time. And no page goes through those before it.
    /// </summary>
    private async IAsyncEnumerable<IReadOnlyList<JsonElement>> ByTimeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? time = null;
        HashSet<string> shown = [];
        for (string[] after = []; ;)
        {
            var (tasks, _) = await ReadAsync([.. after, NewestFirst], 0, cancellationToken);
            if (tasks.Count == 0)
            {
                yield break;
            }

            if (tasks.Any(static task => TimeOf(task) is null || IdOf(task) is null))
            {
                // The query shows other properties only.
                await foreach (var page in ByOffsetAsync([NewestFirst], cancellationToken))
                {
                    yield return page;
                }

                yield break;
            }

            yield return tasks;
            if (TimeOf(tasks[^1]) != time)
            {
                time = TimeOf(tasks[^1]);
                shown.Clear();
            }

            shown.UnionWith(tasks.Where(task => TimeOf(task) == time).Select(static task => IdOf(task)!));
            var at = QueryText.Of(time!);
            if (shown.Count <= MostLeftOut)
            {
                after = [$"le(creationTimestamp,{at})", $"out(id,{string.Join(',', shown)})"];
                continue;
            }

            await foreach (var page in OfOneTimeAsync($"eq(creationTimestamp,{at})", shown, cancellationToken))
            {
                yield return page;
            }

            after = [$"lt(creationTimestamp,{at})"];
        }
    }

    /// <summary>The other tasks of one time, of which a batch has hundreds. Their ids have an order too.</summary>
    private async IAsyncEnumerable<IReadOnlyList<JsonElement>> OfOneTimeAsync(
        string atTime, HashSet<string> shown, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string[] after = []; ;)
        {
            var (tasks, _) = await ReadAsync([atTime, .. after, "sort(id)"], 0, cancellationToken);
            if (tasks.Count == 0)
            {
                yield break;
            }

            if (tasks.Where(task => !shown.Contains(IdOf(task)!)).ToList() is { Count: > 0 } others)
            {
                yield return others;
            }

            after = [$"gt(id,{IdOf(tasks[^1])})"];
        }
    }

    /// <summary>In the order of the query, which no condition can go on from.</summary>
    private async IAsyncEnumerable<IReadOnlyList<JsonElement>> ByOffsetAsync(
        string[] order, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<string> seen = [];
        for (long offset = 0; ;)
        {
            var (tasks, next) = await ReadAsync(order, offset, cancellationToken);
            if (tasks.Count == 0)
            {
                yield break;
            }

            // Tasks that come meanwhile move those that were shown to a later page. A query may leave the ids out.
            if (tasks.Where(task => IdOf(task) is not { } id || seen.Add(id)).ToList() is { Count: > 0 } others)
            {
                yield return others;
            }

            offset = next;
        }
    }

    /// <summary>Reads a page.</summary>
    /// <returns>The tasks, and where the next page begins.</returns>
    private async Task<(IReadOnlyList<JsonElement> Tasks, long Next)> ReadAsync(
        IEnumerable<string> others, long offset, CancellationToken cancellationToken)
    {
        var limit = string.Create(CultureInfo.InvariantCulture, $"limit({MostAtOnce},{offset})");
        var page = await calls.GetAsync($"?{string.Join('&', [.. terms, .. others, limit, "skipCount()"])}", cancellationToken);
        return ([.. page.ItemsAt("data")], page.NumberAt("page.offset") + page.NumberAt("page.limit"));
    }

    private static string? TimeOf(JsonElement task) => task.TextAt("creationTimestamp");

    private static string? IdOf(JsonElement task) => task.TextAt("id");
}
