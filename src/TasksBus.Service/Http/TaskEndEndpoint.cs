using System.Globalization;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>Waits for the end of a task: <c>/tasks/v1/{taskId}/end</c>. It is not in the original API.</summary>
internal static class TaskEndEndpoint
{
    private const string WaitName = "wait";
    private const int MaxSeconds = 60;
    private const int DefaultSeconds = 30;
    private const string RetryAfterSeconds = "2";

    private static readonly string s_description =
        "The answer comes as soon as the task has ended. If it has not ended when the wait is over, or the server stops meanwhile, the "
        + "answer is the task as it is then: call again. "
        + "A task that ended as retried names its successor in retriedByTaskId. "
        + $"A process lets {EndWatch.MaxWaiters} callers wait at once and refuses more with code 4 and Retry-After.";

    public static void MapTaskEnd(this RouteGroupBuilder tasks) =>
        tasks.MapGet("/{taskId}/end", GetAsync)
            .RequirePermission(Permissions.ViewTasks)
            .Describe(Tags.Tasks, "getTaskEnd", "Get a task when it has ended", s_description)
            .TakesQuery<WaitSchema>(WaitName, $"The longest wait in whole seconds, such as 30 or 30s. Default: {DefaultSeconds}.")
            .WithQueryExample("wait=30s")
            .Answers<TaskSchema>("The task.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.FieldFormat, ErrorCode.ResourceUnknown);

    private static async Task<IResult> GetAsync(
        string taskId, HttpRequest request, ITaskReader store, EndWatch watch, CancellationToken cancellationToken)
    {
        var (id, wait) = (PathId.Read("task", taskId), ReadWait(request.Query));
        var task = (await store.LookAsync([id], withInput: false, cancellationToken)).GetValueOrDefault(id);
        if (task is not null && !TaskStates.IsFinal(task.Status) && wait > TimeSpan.Zero
            && !await watch.WaitAsync(id, wait, cancellationToken))
        {
            request.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            return ApiErrors.Result(
                ErrorCode.ServiceUnreachable,
                $"{EndWatch.MaxWaiters} callers wait for tasks here, as many as may at once. Try again in a moment.");
        }

        return await store.FindAsync(id, cancellationToken) is { } now ? TaskView.Whole.Show(now)
            : ApiErrors.TaskUnknown(taskId);
    }

    /// <exception cref="CommandRefusedException">There is another parameter, or no number of seconds that may be waited.</exception>
    private static TimeSpan ReadWait(IQueryCollection query)
    {
        RequestQuery.RequireKnown(query, WaitName);
        if (!query.TryGetValue(WaitName, out var values))
        {
            return TimeSpan.FromSeconds(DefaultSeconds);
        }

        var text = values.Count == 1 ? values[0] ?? "" : "";
        return int.TryParse(text.EndsWith('s') ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= MaxSeconds
                ? TimeSpan.FromSeconds(seconds)
                : throw new CommandRefusedException(
                    ErrorCode.FieldFormat,
                    $"{WaitName} must be whole seconds from 0 to {MaxSeconds}, such as 30 or 30s; got '{Excerpt.Of($"{values}", 40)}'.");
    }
}
