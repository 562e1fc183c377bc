using TasksBus.Operations;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <param name="Task">The task, without its input.</param>
/// <param name="Place">Where it waits. Null when it does not.</param>
/// <param name="Wait">Why it waits. Null when it does not.</param>
public sealed record TaskState(TaskRecord Task, QueuePlace? Place, WaitReason? Wait);
