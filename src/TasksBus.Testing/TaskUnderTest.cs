using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Storage;
using TasksBus.Testing.Functions;
using TasksBus.Testing.Pacing;

namespace TasksBus.Testing;

/// <summary>
/// A task to assert on. Each assertion first runs what is due now; none moves the clock. One that does not hold throws
/// <see cref="TaskAssertionException"/>, and says what happened instead.
/// </summary>
public sealed class TaskUnderTest
{
    private readonly TasksBusTestHarness _harness;
    private readonly TaskId _id;

    internal TaskUnderTest(TasksBusTestHarness harness, TaskId id) => (_harness, _id) = (harness, id);

    /// <summary>The task's id, 24 hex digits.</summary>
    public string Id => _id.ToString();

    /// <summary>The runs of the task's function that this task had.</summary>
    public IReadOnlyList<FunctionCall> Calls => _harness.Services.GetRequiredService<TestInvoker>().CallsOf(Id);

    /// <summary>Runs what is due, and returns the task. Null when there is none with that id.</summary>
    public async Task<StoredTask?> FindAsync()
    {
        await _harness.RunAllAsync();
        var reader = _harness.Services.GetRequiredService<ITaskReader>();
        if (await reader.FindAsync(_id, CancellationToken.None) is not { } task)
        {
            return null;
        }

        var log = await reader.LogAsync(_id, CancellationToken.None);
        return new(
            Id, task.Status, task.FunctionName, task.Data, task.Priority, task.Tags, task.StartTimestamp!.Value, task.Error,
            task.RetriedByTaskId?.ToString(), [.. task.RetryForTaskIds.Select(static id => id.ToString())],
            log is { Text.Length: > 0 } ? log.Text : null)
        {
            Reference = task.Reference,
            Publisher = task.Publisher,
            Result = task.Result,
            IsResultDropped = task.IsResultDropped,
        };
    }

    /// <summary>The task is complete: its function returned.</summary>
    public Task<StoredTask> ShouldComplete() => ShouldHave(TaskStates.Complete, "be complete");

    /// <summary>The task failed, and nothing retries it.</summary>
    /// <param name="errorName">The error's name. Null for any.</param>
    /// <param name="message">A part of the error's message. Null for any.</param>
    public async Task<StoredTask> ShouldFail(string? errorName = null, string? message = null)
    {
        var task = await ShouldHave(TaskStates.Failed, "be failed");
        return (errorName is null || task.Error?.Name == errorName)
            && (message is null || task.Error?.Message.Contains(message, StringComparison.Ordinal) == true)
            ? task
            : throw Broken($"fail with {errorName ?? "any error"}{(message is null ? "" : $" and a message with '{message}'")}", task);
    }

    /// <summary>The task was canceled before it started.</summary>
    public Task<StoredTask> ShouldBeCanceled() => ShouldHave(TaskStates.Canceled, "be canceled");

    /// <summary>The task failed, and another task retries it: see <see cref="NextAttempt"/>.</summary>
    public Task<StoredTask> ShouldBeRetried() => ShouldHave(TaskStates.Retried, "be retried");

    /// <summary>The task waits for its start time.</summary>
    public Task<StoredTask> ShouldBeNew() => ShouldHave(TaskStates.New, "be new");

    /// <summary>The task's function runs, and waits for the clock.</summary>
    public Task<StoredTask> ShouldBeInProgress() => ShouldHave(TaskStates.InProgress, "be in progress");

    /// <summary>The task's function was run once.</summary>
    public Task<StoredTask> ShouldRunOnce() => ShouldRun(1);

    /// <summary>The task's function was never run.</summary>
    public Task<StoredTask> ShouldNotRun() => ShouldRun(0);

    /// <summary>The task that retries this one.</summary>
    public async Task<TaskUnderTest> NextAttempt() => _harness.Task((await ShouldBeRetried()).RetriedByTaskId!);

    /// <summary>There is no task with that id.</summary>
    public async Task ShouldNotExist()
    {
        if (await FindAsync() is { } task)
        {
            throw Broken("not exist", task);
        }
    }

    private async Task<StoredTask> ShouldRun(int times)
    {
        var task = await FindAsync();
        return task is not null && Calls.Count == times ? task
            : throw Broken(times == 0 ? "not be run" : "be run once", task);
    }

    private async Task<StoredTask> ShouldHave(string status, string what)
    {
        var task = await FindAsync();
        return task?.Status == status ? task : throw Broken(what, task);
    }

    private TaskAssertionException Broken(string what, StoredTask? task)
    {
        List<string> lines = [task is null
            ? $"The task {Id} should {what}, but there is no such task."
            : $"The task {Id} of the function '{task.FunctionName}' should {what}, but it is {task.Status}."];
        if (task is not null)
        {
            AddWhatHappened(lines, task);
        }

        lines.Add($"Now: {TimeText.Format(_harness.Now)}.");
        Add(lines, "Waiting", Standing.Describe(_harness.Services));
        Add(lines, "Refused messages", [.. _harness.Refused.Select(static refused => refused.ToString())]);
        return new(string.Join(Environment.NewLine, lines));
    }

    private void AddWhatHappened(List<string> lines, StoredTask task)
    {
        if (task.Error is { } error)
        {
            lines.Add($"Error: {error.Type} {error.Name}: {error.Message}");
        }

        if (task.RetriedByTaskId is { } next)
        {
            lines.Add($"It is retried by the task {next}.");
        }

        lines.Add($"Start: {TimeText.Format(task.StartTimestamp)}.");
        Add(lines, "Runs", [.. Calls.Select(static call => $"at {TimeText.Format(call.At)}")]);
        Add(lines, "Log", task.Log?.Split('\n') ?? []);
    }

    private static void Add(List<string> lines, string title, IReadOnlyList<string> entries)
    {
        lines.Add(entries.Count == 0 ? $"{title}: none." : $"{title}:");
        lines.AddRange(entries.Select(static entry => $"  {entry}"));
    }
}
