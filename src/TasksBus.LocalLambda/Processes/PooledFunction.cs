using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>A function as its pool sees it: what runs, and what is idle.</summary>
internal sealed class PooledFunction(Function current)
{
    public Function Current { get; set; } = current;

    public int Busy { get; set; }

    public LinkedList<FunctionProcess> Idle { get; } = new();
}
