using System.Runtime.CompilerServices;
using TasksBus.Client.Http;
using TasksBus.Contracts;

namespace TasksBus.Client;

/// <inheritdoc cref="ITasksBusClient"/>
internal sealed class TasksBusClient(ApiCalls calls, TimeProvider time) : ITasksBusClient
{
    /// <summary>How long the server is asked to wait in one request. Proxies often end longer ones.</summary>
    private const int MaxWaitSeconds = 30;

    private const int TasksAtOnce = 50;

    /// <summary>A pause after an answer that came before its time, as a server that stops gives it.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? options = null) =>
        calls.NewTask(functionName, input, options);

    public async Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken = default)
    {
        TaskRules.Check(task);
        var id = TaskId.Of(task);
        return await AskAsync(
            "", HttpMethod.Post, body => TaskWire.ToStored(body, id), cancellationToken, () => TaskWire.BodyOf(task, id))
            .ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<TaskId>> ScheduleManyAsync(
        IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken = default)
    {
        TaskRules.Check(tasks);
        TaskId[] ids = [.. tasks.Select(TaskId.Of)];
        return await AskAsync(
            "batch", HttpMethod.Post, body => TaskWire.ToStored(body, ids), cancellationToken, () => TaskWire.BodyOf(tasks, ids))
            .ConfigureAwait(false);
    }

    public async Task<CancelTaskResult> CancelAsync(TaskId taskId, CancellationToken cancellationToken = default)
    {
        var id = taskId.ToString();
        try
        {
            var isCanceled = await AskAsync($"{id}/cancel", HttpMethod.Post, TaskWire.IsAffected, cancellationToken)
                .ConfigureAwait(false);
            return new(id, isCanceled, TaskStates.Canceled);
        }
        catch (ResourceUnknownException)
        {
            return new(id, false, null);
        }
        catch (TaskRefusedException refused) when (refused.Code == ErrorCode.IllegalState)
        {
            // It may be canceled already, also by a try of this call whose answer was lost.
            var status = await StatusAsync(taskId, cancellationToken).ConfigureAwait(false);
            return new(id, status == TaskStates.Canceled, status);
        }
    }

    public async Task<TaskId> RerunAsync(TaskId taskId, CancellationToken cancellationToken = default)
    {
        var key = Guid.NewGuid().ToString();
        var made = await calls.AskAsync(Make, TaskWire.ToTask, calls.RequestTimeout, cancellationToken).ConfigureAwait(false);
        return made.Id;

        HttpRequestMessage Make()
        {
            var request = calls.Request(HttpMethod.Post, $"{taskId}/rerun");
            request.Headers.Add("Idempotency-Key", key);
            return request;
        }
    }

    public async Task<TaskSnapshot?> FindAsync(TaskId taskId, CancellationToken cancellationToken = default)
    {
        try
        {
            return await AskAsync($"{taskId}", HttpMethod.Get, TaskWire.ToTask, cancellationToken).ConfigureAwait(false);
        }
        catch (ResourceUnknownException)
        {
            return null;
        }
    }

    public Task<TaskList> ListAsync(string rql = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rql);
        // What follows a # would not be sent.
        var query = rql.Replace("#", "%23", StringComparison.Ordinal);
        return AskAsync($"?{query}", HttpMethod.Get, TaskWire.ToList, cancellationToken);
    }

    public IAsyncEnumerable<TaskSnapshot> ListAllAsync(string rql = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rql);
        return rql.Contains("limit(", StringComparison.Ordinal)
            ? throw new ArgumentException("The query of a whole list has no limit: leave it out, or use ListAsync.", nameof(rql))
            : PagesAsync(rql, cancellationToken);
    }

    public async Task<TaskSnapshot> WaitAsync(TaskId taskId, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        timeout = WaitLimit.Check(timeout);
        if (timeout == TimeSpan.Zero)
        {
            return await WaitLimit.EndedNowAsync(this, taskId, cancellationToken).ConfigureAwait(false);
        }

        using WaitLimit limit = new(timeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        TaskSnapshot? last = null;
        try
        {
            for (var id = taskId; ;)
            {
                var asked = time.GetTimestamp();
                last = await AskUntilAnsweredAsync(id, over.Token).ConfigureAwait(false);
                if (!last.IsFinal)
                {
                    if (time.GetElapsedTime(asked) < s_pause)
                    {
                        await Task.Delay(s_pause, time, over.Token).ConfigureAwait(false);
                    }
                }
                else if (last.RetriedByTaskId is { } successor)
                {
                    id = successor;
                }
                else
                {
                    return last;
                }
            }
        }
        catch (OperationCanceledException) when (limit.IsOver && !cancellationToken.IsCancellationRequested)
        {
            throw ClientErrors.NotEnded(taskId, timeout, last);
        }
    }

    private Task<T> AskAsync<T>(
        string path, HttpMethod method, Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellationToken,
        Func<HttpContent>? body = null) =>
        calls.AskAsync(
            () =>
            {
                var request = calls.Request(method, path);
                request.Content = body?.Invoke();
                return request;
            },
            read, calls.RequestTimeout, cancellationToken);

    /// <summary>Asks once for the end of a task. The answer may be the task before its end.</summary>
    private Task<TaskSnapshot> AskEndAsync(TaskId id, CancellationToken cancellationToken) =>
        calls.AskAsync(
            () => calls.Request(HttpMethod.Get, $"{id}/end?wait={MaxWaitSeconds}s"), TaskWire.ToTask,
            calls.RequestTimeout + TimeSpan.FromSeconds(MaxWaitSeconds), cancellationToken);

    /// <summary>Asks for the end of a task, however long no answer comes.</summary>
    private async Task<TaskSnapshot> AskUntilAnsweredAsync(TaskId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await AskEndAsync(id, cancellationToken).ConfigureAwait(false);
            }
            catch (TasksBusUnavailableException failure)
            {
                // The caller's own time-out ends it.
                var pause = failure.RetryAfter > s_pause ? failure.RetryAfter.Value : s_pause;
                calls.TriesAgain(pause, failure);
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The status of a task. Null when the caller may not view it.</summary>
    private async Task<string?> StatusAsync(TaskId taskId, CancellationToken cancellationToken)
    {
        try
        {
            return (await FindAsync(taskId, cancellationToken).ConfigureAwait(false))?.Status;
        }
        catch (AccessRefusedException)
        {
            return null;
        }
    }

    private async IAsyncEnumerable<TaskSnapshot> PagesAsync(
        string rql, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var terms = rql.Length == 0 ? "" : $"{rql}&";
        HashSet<TaskId> seen = [];
        for (long offset = 0; ;)
        {
            var page = await ListAsync($"{terms}limit({TasksAtOnce},{offset})&skipCount()", cancellationToken).ConfigureAwait(false);
            if (page.Tasks.Count == 0)
            {
                yield break;
            }

            // New tasks move those that were given already to a later page. A query may leave the ids out.
            foreach (var task in page.Tasks.Where(task => task.Id == default || seen.Add(task.Id)))
            {
                yield return task;
            }

            offset = page.Offset + page.Limit;
        }
    }
}
