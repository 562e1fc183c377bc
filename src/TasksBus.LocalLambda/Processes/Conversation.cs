using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// How the server and a function's process talk, one invocation at a time. A process that is gone appears as <see cref="Message.Ended"/>.
/// </summary>
internal abstract class Conversation : IDisposable
{
    /// <summary>
    /// True when the process itself marks the end of an invocation's log. Otherwise its supervisor does so when it is told.
    /// </summary>
    public abstract bool MarksLog { get; }

    /// <summary>Waits until the function is loaded: Ready, InitFailed or Ended.</summary>
    /// <param name="exited">Completes when the process has ended.</param>
    public abstract Task<Message> BeginAsync(Task exited);

    /// <summary>Runs the function once: Result, Failed, Crashed or Ended.</summary>
    /// <param name="invocation">The invocation with its event.</param>
    /// <param name="deadline">The time by which it must be done, in ms since 1970.</param>
    /// <param name="exited">Completes when the process has ended.</param>
    public abstract ValueTask<Message> AskAsync(Invocation invocation, double deadline, Task exited);

    public abstract void Dispose();
}
