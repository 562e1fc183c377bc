namespace TasksBus.Worker.Functions;

/// <summary>A function of this process.</summary>
/// <param name="Run">Reads the input, runs the code and returns the result as JSON.</param>
internal sealed record OwnFunction(string Name, Func<TaskContext, CancellationToken, Task<byte[]>> Run);
