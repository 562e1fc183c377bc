namespace TasksBus.Storage;

/// <summary>How a <see cref="Transition"/> ended.</summary>
internal enum TransitionOutcome
{
    /// <summary>The step was taken and is committed.</summary>
    Applied,

    /// <summary>The step has no effect in the task's state, or the task is unknown.</summary>
    Ignored,

    /// <summary>A claim came too early, or from a worker that is not alive.</summary>
    Refused,
}
