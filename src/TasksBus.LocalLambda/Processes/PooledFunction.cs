using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>The processes of a function in the pool: how many run, and which are idle.</summary>
internal sealed class PooledFunction(Function current)
{
    public Function Current { get; set; } = current;

    public int Busy { get; set; }

    public LinkedList<FunctionProcess> Idle { get; } = new();
}
