namespace TasksBus.Execution;

/// <summary>
/// The message on a pool's execute queue: released tasks, the most urgent first. It carries only ids; the claim reads the rest.
/// </summary>
/// <param name="TaskIds">Ids of 24 hex digits each.</param>
internal sealed record ExecuteTasks(IReadOnlyList<string> TaskIds);
