using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Telemetry;
using TasksBus.Triggers;

namespace TasksBus.Dispatch;

/// <summary>
/// Takes in what services committed to the inbox, in the order in which it was written as far as it is committed. What commits later is
/// taken later. A task is stored in the statement that deletes its row, so a row makes one task, whatever crashes and whoever leads.
/// </summary>
/// <remarks>
/// After half a second without a row the reader announces that it sleeps, and is woken by a notification. Otherwise it looks often, and
/// nobody needs to notify, because a notification within a transaction makes commits wait for each other.
/// </remarks>
internal sealed class InboxReader(
    IInbox inbox, TaskIntake intake, EventIntake events, Leadership leadership, Signals signals, TimeProvider clock,
    ILogger<InboxReader> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;

    /// <summary>The size of the rows that are in memory at once, in bytes. The last row may go beyond it.</summary>
    private const int MaxData = 8 * 1024 * 1024;

    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_watch = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_awake = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    /// <summary>A look that takes longer meets dead rows, which an old transaction keeps alive.</summary>
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(50);

    private long? _busyAt;

    /// <summary>Everything before it was looked at, except for what has been committed since.</summary>
    private long _after;

    private long _lookedAt;
    private TimeSpan _lookTook;
    private TimeSpan _pause;
    private IAsyncDisposable? _sleep;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WakeAsync();
    }

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        if (await TakeSomeAsync(fromTop: IsTopDue(), cancellationToken) is { } pause)
        {
            _pause = pause;
        }
        else if (_busyAt is { } since && Clock.GetElapsedTime(since) < s_awake)
        {
            _pause = s_look;
        }
        else if ((_sleep = await inbox.TrySleepAsync(cancellationToken)) is null)
        {
            _pause = s_watch;
        }
        else
        {
            // Whoever wrote without a notification has committed before the sleep was announced.
            _pause = await TakeSomeAsync(fromTop: true, cancellationToken) ?? s_poll;
        }
    }

    protected override async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (_pause > TimeSpan.Zero)
        {
            await signals.Inbox.WaitAsync(_pause, cancellationToken);
        }

        await WakeAsync();
    }

    protected override void Forget()
    {
        (_busyAt, _after, _lookTook) = (null, 0, TimeSpan.Zero);
        _ = WakeAsync();
    }

    protected override void Failed(Exception exception)
    {
        Forget();
        logger.InboxWaits(exception);
    }

    private async Task WakeAsync()
    {
        if (_sleep is { } sleep)
        {
            _sleep = null;
            await sleep.DisposeAsync();
        }
    }

    /// <summary>
    /// While looks at the top are slow, they take a fifth of the time. The others begin behind the last row that was taken.
    /// </summary>
    private bool IsTopDue() => _lookTook < s_slow || Clock.GetElapsedTime(_lookedAt) >= 4 * _lookTook;

    /// <returns>How long to gather more. Null when there was nothing.</returns>
    private async Task<TimeSpan?> TakeSomeAsync(bool fromTop, CancellationToken cancellationToken)
    {
        var began = Clock.GetTimestamp();
        var rows = await inbox.LookAsync(fromTop ? 0 : _after, AtOnce, MaxData, cancellationToken);
        if (fromTop)
        {
            (_lookedAt, _lookTook) = (Clock.GetTimestamp(), Clock.GetElapsedTime(began));
        }

        if (rows.Count == 0)
        {
            return null;
        }

        await TakeAsync(rows, cancellationToken);
        (_busyAt, _after) = (Clock.GetTimestamp(), Math.Max(_after, rows[^1].Position));
        return rows.Count < AtOnce ? s_together : TimeSpan.Zero;
    }

    private async Task TakeAsync(IReadOnlyList<InboxRow> rows, CancellationToken cancellationToken)
    {
        // They are begun in order, and the lane of the intake keeps that order, so nothing may be waited for in between.
        await intake.KnowAsync(
            rows.Where(static row => row is { IsCancel: false, EventType: null }).Select(static row => row.FunctionName));
        var steps = await Task.WhenAll([.. rows.Select(TakeAsync)]);
        long[] needless = [.. rows.Where((_, i) => steps[i].IsNeedless).Select(static row => row.Position)];
        InboxRefusal[] refusals = [.. steps.Select(static step => step.Refusal).OfType<InboxRefusal>()];
        if (refusals.Length > 0)
        {
            await inbox.RefuseAsync(refusals, cancellationToken);
        }

        if (needless.Length > 0)
        {
            await inbox.DeleteAsync(needless, cancellationToken);
        }

        if (steps.Select(static step => step.Failure).OfType<Exception>().FirstOrDefault() is { } failure)
        {
            throw failure;
        }
    }

    private async Task<Step> TakeAsync(InboxRow row)
    {
        using var span = row.IsCancel ? null : TaskTraces.Receive("inbox", row.TraceParent);
        try
        {
            return new(await (row.IsCancel ? CancelAsync(row.Id)
                : row.EventType is not null ? RaiseAsync(row)
                : intake.TakeAsync(row.Id, TaskOf(row), row.Position)));
        }
        catch (CommandRefusedException refused)
        {
            logger.InboxRefused(row.Id, inbox.Schema, refused.Refusal.Message);
            return new(false, new(row.Position, refused.Refusal.Code, refused.Refusal.Message));
        }
        catch (Exception exception) when (
            row.IsCancel || exception is StoreUnavailableException or CommitOutcomeUnknownException or OperationCanceledException)
        {
            return new(false, Failure: exception);
        }
        catch (Exception exception)
        {
            // It would fail again each time.
            logger.InboxFailed(row.Id, exception);
            return new(false, new(row.Position, ErrorCode.ServerException, exception.Message));
        }
    }

    /// <summary>
    /// Raises an event. Its row is deleted afterwards. If that fails, the event is known when the row is taken again.
    /// </summary>
    private async Task<bool> RaiseAsync(InboxRow row)
    {
        EventOccurred raised = new()
        {
            Type = row.EventType,
            Content = row.Data is null ? null : JsonElement.Parse(row.Data),
            RaisedByTaskId = row.RaisedByTaskId?.ToString(),
        };
        ScheduleRules.Refuse(EventRules.FaultOf(raised));
        await events.RaiseAsync(row.Id, NewEvent.Of(raised));
        return true;
    }

    private async Task<bool> CancelAsync(TaskId id)
    {
        if ((await intake.CancelAsync(id)).Task is null)
        {
            logger.CancelOfUnknownTask(id);
        }

        return true;
    }

    private static ScheduleTask TaskOf(InboxRow row) => new()
    {
        FunctionName = row.FunctionName,
        Data = row.Data is null ? null : JsonElement.Parse(row.Data),
        StartTimestamp = row.StartTimestamp,
        Priority = row.Priority,
        Tags = row.Tags,
        Reference = row.Reference,
        Publisher = row.Publisher,
    };

    /// <param name="IsNeedless">True when the row makes no task and may still be there.</param>
    /// <param name="Refusal">Why the row can never become a task.</param>
    /// <param name="Failure">Why the row could not be taken now.</param>
    private readonly record struct Step(bool IsNeedless, InboxRefusal? Refusal = null, Exception? Failure = null);
}
