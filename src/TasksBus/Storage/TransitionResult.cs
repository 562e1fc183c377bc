namespace TasksBus.Storage;

/// <param name="Task">The task after the step, or the current task when the step was ignored. Null when it is unknown, and for a refused
/// claim.</param>
internal sealed record TransitionResult(TransitionOutcome Outcome, TaskRecord? Task);
