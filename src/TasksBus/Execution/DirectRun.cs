using TasksBus.Functions;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <param name="Task">The task as it is stored, with how it ended.</param>
/// <param name="Result">The result of the invocation.</param>
public sealed record DirectRun(TaskRecord Task, InvocationResult Result);
