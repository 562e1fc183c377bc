using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>An invocation that waits for a process.</summary>
internal sealed class ProcessWaiter
{
    public ProcessWaiter(Function function)
    {
        Function = function;
        Node = new LinkedListNode<ProcessWaiter>(this);
    }

    public Function Function { get; }

    public LinkedListNode<ProcessWaiter> Node { get; }

    /// <summary>The result is a warm process of the function, or null when the invocation may start a new one.</summary>
    public TaskCompletionSource<FunctionProcess?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
