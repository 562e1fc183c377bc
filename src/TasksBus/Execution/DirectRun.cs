using TasksBus.Functions;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <param name="Task">The task as it is stored: how it ended.</param>
/// <param name="Result">What came of the invocation.</param>
public sealed record DirectRun(TaskRecord Task, InvocationResult Result);
