using TasksBus.Operations;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>How the whole system stands, for people.</summary>
/// <param name="Status">What waits, what runs, and who works.</param>
/// <param name="Backlog">What waits for a worker, and what runs, by pool, function and priority, the largest group first.</param>
/// <param name="Ended">How many tasks are in each final state. At most <see cref="IStatusReader.MostCounted"/> each.</param>
/// <param name="Failures">What failed within <see cref="SystemWatch.FailuresWithin"/>, the most frequent first.</param>
/// <param name="Checks">What is wrong with it, and what is well.</param>
public sealed record SystemView(
    SystemStatus Status, IReadOnlyList<BacklogGroup> Backlog, IReadOnlyDictionary<string, int> Ended, IReadOnlyList<FailureGroup> Failures,
    IReadOnlyList<SystemCheck> Checks);
