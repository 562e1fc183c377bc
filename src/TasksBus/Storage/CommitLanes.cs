using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// The group commits of a process. Each lane runs one transaction at a time. Three lanes keep a store busy that commits several
/// transactions at once, and the tasks of a lane keep their order.
/// </summary>
public sealed class CommitLanes : IAsyncDisposable
{
    private readonly ICommitStore _store;

    private CommitLanes(ICommitStore store, GroupCommit intake, GroupCommit claims, GroupCommit reports) =>
        (_store, Intake, Claims, Reports) = (store, intake, claims, reports);

    /// <summary>The managed functions from which steps are computed. A step that was computed from older ones is computed again.</summary>
    public FunctionPolicies Functions => _store.Functions;

    /// <summary>The lane for tasks that come in or are canceled.</summary>
    internal GroupCommit Intake { get; }

    /// <summary>
    /// How much may wait on the lane <see cref="Intake"/>. Claims and reports have a slot each, so they need no other limit.
    /// </summary>
    internal IntakeRoom Room { get; } = new();

    /// <summary>The lane for claims.</summary>
    internal GroupCommit Claims { get; }

    /// <summary>The lane for everything that ends a run.</summary>
    internal GroupCommit Reports { get; }

    /// <summary>For a store with one writer at a time: all steps share one lane, and its commits.</summary>
    public static CommitLanes Shared(ICommitStore store, Action<IReadOnlyList<TaskChange>> committed)
    {
        var lane = new GroupCommit(store, committed);
        return new(store, lane, lane, lane);
    }

    /// <summary>For a store with several writers at a time.</summary>
    public static CommitLanes Separate(ICommitStore store, Action<IReadOnlyList<TaskChange>> committed) =>
        new(store, new(store, committed), new(store, committed), new(store, committed));

    /// <summary>Takes a step on a lane, as soon as its turn comes.</summary>
    /// <inheritdoc cref="TakeInAsync" path="/exception"/>
    internal Task<TransitionResult> SubmitAsync(CommitLane lane, Transition transition) => lane switch
    {
        CommitLane.Intake => TakeInAsync(transition),
        CommitLane.Claims => Claims.SubmitAsync(transition),
        _ => Reports.SubmitAsync(transition),
    };

    /// <summary>Takes a step on the lane <see cref="Intake"/>, as soon as its turn comes.</summary>
    /// <exception cref="IntakeFullException">Too much waits already.</exception>
    /// <exception cref="OperationCanceledException">The caller went before the turn came, and nothing was stored.</exception>
    /// <inheritdoc cref="GroupCommit.SubmitAsync" path="/exception"/>
    internal Task<TransitionResult> TakeInAsync(Transition transition)
    {
        ArgumentNullException.ThrowIfNull(transition);
        return transition.TryEnter(Room) ? Intake.SubmitAsync(transition) : Task.FromException<TransitionResult>(new IntakeFullException());
    }

    /// <summary>Reads tasks, with their inputs.</summary>
    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids) =>
        _store.LoadAsync(ids, withInput: true, CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await AnyThread.GoOn();
        await Intake.DisposeAsync();
        if (Claims != Intake)
        {
            await Claims.DisposeAsync();
            await Reports.DisposeAsync();
        }
    }
}
