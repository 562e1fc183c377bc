using Microsoft.AspNetCore.Components;
using TasksBus.Contracts;
using TasksBus.Dashboard.Parts;
using TasksBus.Intake;
using TasksBus.Operations;
using TasksBus.Service.Http;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Pages;

/// <summary>All that is known of one task.</summary>
public sealed partial class OneTask
{
    private TaskRecord? _task;
    private WaitReason? _wait;
    private IReadOnlyList<(string Message, DateTimeOffset At)>? _log;
    private string? _noLog;
    private string? _worker;
    private TimeSpan? _ran;
    private string? _stack;
    private string? _shown;

    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private TaskOperations Operations { get; set; } = null!;

    [Inject]
    private SystemWatch Watch { get; set; } = null!;

    protected override TimeSpan? Every { get; } = TimeSpan.FromSeconds(5);

    protected override Task OnParametersSetAsync()
    {
        if (_shown != Id)
        {
            (_shown, _task, _wait, _log, _noLog, _worker, _ran, _stack) = (Id, null, null, null, null, null, null, null);
        }

        return base.OnParametersSetAsync();
    }

    protected override async Task ReadAsync(Caller caller, CancellationToken cancellationToken)
    {
        // What has ended does not change, but who may see it does.
        caller.Require(Permissions.ViewTasks);
        var shown = Id;
        if (_task is not null && TaskStates.IsFinal(_task.Status) && _shown == shown)
        {
            return;
        }

        if (!TaskId.TryParse(shown, out var id))
        {
            throw new CommandRefusedException(ErrorCode.IdFormat, "The id of a task is 24 hex digits.");
        }

        var task = await Operations.FindAsync(caller, id, cancellationToken);
        var wait = task.Status == TaskStates.New ? (await Operations.StateAsync(caller, id, cancellationToken)).Wait : null;
        if (shown != Id)
        {
            // The page shows another task by now, which is being read.
            return;
        }

        _wait = wait;
        await ReadWorkerAsync(caller, task, cancellationToken);
        await ReadLogAsync(caller, task, cancellationToken);
        if (shown == Id)
        {
            _task = task;
        }
    }

    private async Task ReadWorkerAsync(Caller caller, TaskRecord task, CancellationToken cancellationToken)
    {
        if (task.WorkerId is { } worker && caller.May(Permissions.ViewSystemStatus))
        {
            var view = await Watch.LookAsync(caller, cancellationToken);
            _worker = view.Status.Workers.FirstOrDefault(each => each.Id == worker)?.Host;
        }
    }

    private async Task ReadLogAsync(Caller caller, TaskRecord task, CancellationToken cancellationToken)
    {
        if (!caller.May(Permissions.ViewTaskLogs))
        {
            return;
        }

        try
        {
            var log = await Operations.LogAsync(caller, task.Id, cancellationToken);
            _log = [.. LogLines.Read(log)];
            (_ran, _stack) = (TaskTimeline.RunIn(log.Text), ErrorStack.In(log.Text));
        }
        catch (CommandRefusedException refused)
        {
            _noLog = refused.Refusal.Message;
        }
    }

    private async Task CancelAsync() => await ActAsync(caller => Operations.CancelAsync(caller, TaskId.Parse(Id)), "The task is canceled.");

    private async Task RerunAsync()
    {
        TaskRecord? made = null;
        if (await ActAsync(
            async caller => made = await Operations.RerunAsync(caller, TaskId.Parse(Id), key: null, CancellationToken.None),
            "A new task is made. You see it now."))
        {
            Navigation.NavigateTo($"/dashboard/tasks/{made!.Id}");
        }
    }
}
