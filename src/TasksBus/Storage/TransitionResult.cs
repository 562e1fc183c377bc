namespace TasksBus.Storage;

/// <param name="Task">The task after the step, or as it is where the step was ignored; null where it is unknown, and for a refused claim.</param>
public sealed record TransitionResult(TransitionOutcome Outcome, TaskRecord? Task);
