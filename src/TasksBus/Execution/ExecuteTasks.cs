namespace TasksBus.Execution;

/// <summary>
/// The message on a pool's execute queue: released tasks, most urgent first. It carries ids only; the claim reads the rest.
/// </summary>
/// <param name="TaskIds">Each 24 hex digits.</param>
public sealed record ExecuteTasks(IReadOnlyList<string> TaskIds);
