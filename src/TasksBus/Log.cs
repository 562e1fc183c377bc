using Microsoft.Extensions.Logging;
using TasksBus.Contracts;

namespace TasksBus;

/// <summary>Everything that the engine logs. 1xx intake, 2xx dispatch, 3xx execution, 4xx events, 6xx managed functions.</summary>
internal static partial class Log
{
    private static readonly Func<ILogger, TaskId, string, IDisposable?> s_run =
        LoggerMessage.DefineScope<TaskId, string>("task {TaskId} of {Function}");

    /// <summary>Everything that is logged until the end of the scope concerns this task.</summary>
    public static IDisposable? RunOf(this ILogger logger, TaskId taskId, string function) => s_run(logger, taskId, function);

    [LoggerMessage(101, LogLevel.Warning, "Task {TaskId} was scheduled again with different content; the first content stays")]
    public static partial void DifferentContent(this ILogger logger, TaskId taskId);

    [LoggerMessage(102, LogLevel.Warning, "CancelTask for {TaskId}: no such task is known")]
    public static partial void CancelOfUnknownTask(this ILogger logger, TaskId taskId);

    [LoggerMessage(103, LogLevel.Warning, "The {Message} message cannot be stored now; it is kept and tried again")]
    public static partial void IntakeWaits(this ILogger logger, string message, Exception exception);

    [LoggerMessage(104, LogLevel.Warning, "A message on {Queue} (message id {MessageId}) is refused, and is in its error queue: {Reason}")]
    public static partial void MessageRefused(this ILogger logger, string queue, string messageId, string reason);

    [LoggerMessage(105, LogLevel.Error, "A message on {Queue} (message id {MessageId}) could not be handled, and is in its error queue")]
    public static partial void MessageFailed(this ILogger logger, string queue, string messageId, Exception exception);

    [LoggerMessage(
        106, LogLevel.Error,
        "A message on {Queue} (message id {MessageId}) is refused ({Reason}), and is dropped, for the broker does not take it into "
            + "the error queue: {Failure}")]
    public static partial void MessageDropped(this ILogger logger, string queue, string messageId, string reason, string failure);

    [LoggerMessage(107, LogLevel.Warning, "A command could not be answered to {Address}: {Reason}")]
    public static partial void NotAnswered(this ILogger logger, string address, string reason);

    [LoggerMessage(
        108, LogLevel.Warning,
        "Task or event {TaskId}, which came by SQL, is refused, and is in the refusals of the schema {Schema}: {Reason}")]
    public static partial void InboxRefused(this ILogger logger, TaskId taskId, string schema, string reason);

    [LoggerMessage(109, LogLevel.Error, "Task or event {TaskId}, which came by SQL, could not be stored, and is in the refusals")]
    public static partial void InboxFailed(this ILogger logger, TaskId taskId, Exception exception);

    [LoggerMessage(110, LogLevel.Error, "What came by SQL cannot be taken in now; it is kept and tried again")]
    public static partial void InboxWaits(this ILogger logger, Exception exception);

    [LoggerMessage(121, LogLevel.Warning, "Event {EventId} was raised again with different content; the first content stays")]
    public static partial void DifferentEvent(this ILogger logger, TaskId eventId);

    [LoggerMessage(122, LogLevel.Warning, "Event {EventId} schedules no task of {Function}: {Reason}")]
    public static partial void TriggerRefused(this ILogger logger, TaskId eventId, string function, string reason);

    [LoggerMessage(
        123, LogLevel.Error,
        "Event {EventId} ({Type}) is stored and triggers nothing: it is {Depth} triggers deep, so triggers may trigger themselves")]
    public static partial void TriggersTooDeep(this ILogger logger, TaskId eventId, string type, int depth);

    [LoggerMessage(124, LogLevel.Error, "The failure of task {TaskId} cannot be raised as an event: {Reason}")]
    public static partial void FailureNotRaised(this ILogger logger, TaskId taskId, string reason);

    [LoggerMessage(125, LogLevel.Error, "Failures of tasks cannot be raised as events now; they are kept and tried again")]
    public static partial void FailuresWait(this ILogger logger, Exception exception);

    [LoggerMessage(201, LogLevel.Error, "A round of the dispatcher failed; it goes on")]
    public static partial void DispatchFailed(this ILogger logger, Exception exception);

    [LoggerMessage(202, LogLevel.Warning, "Pool {Pool}: {Count} tasks were released but not claimed; they are released again")]
    public static partial void ReleasedAgain(this ILogger logger, string pool, int count);

    [LoggerMessage(203, LogLevel.Warning, "Worker {WorkerId} on {Host} has been silent for {Lease}; it counts as dead")]
    public static partial void WorkerDead(this ILogger logger, Guid workerId, string host, TimeSpan lease);

    [LoggerMessage(205, LogLevel.Error, "A sweep failed; it is tried again")]
    public static partial void SweepFailed(this ILogger logger, Exception exception);

    [LoggerMessage(206, LogLevel.Information, "This process leads: it releases tasks (epoch {Epoch})")]
    public static partial void Leads(this ILogger logger, long epoch);

    [LoggerMessage(207, LogLevel.Critical, "No task is released: {Reason}")]
    public static partial void Held(this ILogger logger, string reason);

    [LoggerMessage(208, LogLevel.Warning, "The leader's lease could not be handed over; another process takes it when it runs out")]
    public static partial void NotResigned(this ILogger logger, Exception exception);

    [LoggerMessage(209, LogLevel.Error, "Pool {Pool} has tasks that are due and no worker: start one with TasksBus__Pool={Pool}")]
    public static partial void PoolWithoutWorker(this ILogger logger, string pool);

    [LoggerMessage(
        210, LogLevel.Warning,
        "Pool {Pool}: tasks of {Function} wait until each worker of the pool has this function. Workers without it run on: {Hosts}")]
    public static partial void FunctionMissing(this ILogger logger, string pool, string function, string hosts);

    [LoggerMessage(211, LogLevel.Warning, "Worker {WorkerId} is silent and could not be removed now; it is tried again")]
    public static partial void NotRemoved(this ILogger logger, Guid workerId, Exception exception);

    [LoggerMessage(212, LogLevel.Warning, "The database could not be tidied up; it is tried again")]
    public static partial void NotTidied(this ILogger logger, Exception exception);

    [LoggerMessage(213, LogLevel.Error, "Schedules cannot be looked at now; it is tried again")]
    public static partial void TicksFailed(this ILogger logger, Exception exception);

    [LoggerMessage(214, LogLevel.Error, "A tick of schedule {ScheduleId} failed; it is tried again in a while")]
    public static partial void TickFailed(this ILogger logger, TaskId scheduleId, Exception exception);

    [LoggerMessage(215, LogLevel.Warning, "A tick of schedule {ScheduleId} makes no task: {Reason}")]
    public static partial void TickRefused(this ILogger logger, TaskId scheduleId, string reason);

    [LoggerMessage(219, LogLevel.Warning, "The pools of functions could not be written now; it is tried again")]
    public static partial void PoolsWait(this ILogger logger, Exception exception);

    [LoggerMessage(
        220, LogLevel.Warning,
        "The function {Function} stays in the pool {Pool}, although TasksBus:Pools says {Setting}: the setting fills in what has no pool "
            + "yet; PUT /tasks/v1/functions/NAME/pool changes it")]
    public static partial void PoolKept(this ILogger logger, string function, string pool, string setting);

    [LoggerMessage(218, LogLevel.Error, "Schedule {ScheduleId} is paused: {Reason}")]
    public static partial void SchedulePaused(this ILogger logger, TaskId scheduleId, string reason);

    [LoggerMessage(216, LogLevel.Information, "Removed {Count} old {What}")]
    public static partial void RemovedOld(this ILogger logger, long count, string what);

    [LoggerMessage(217, LogLevel.Warning, "What is old could not be removed now; it is tried again")]
    public static partial void NotRemovedOld(this ILogger logger, Exception exception);

    [LoggerMessage(221, LogLevel.Error, "Pool {Pool}: the broker did not take tasks that were released; they are released again")]
    public static partial void NotReleased(this ILogger logger, string pool, Exception exception);

    [LoggerMessage(222, LogLevel.Error, "Task {TaskId} is to be failed, but cannot be now; it is tried again")]
    public static partial void NotFailed(this ILogger logger, TaskId taskId, Exception exception);

    [LoggerMessage(223, LogLevel.Warning, "The workers cannot be watched now: whoever is silent is watched anew once they can")]
    public static partial void NotWatched(this ILogger logger, Exception exception);

    [LoggerMessage(
        224, LogLevel.Information,
        "Bulk operation {OperationId} ({Action}) is complete: {Affected} tasks, {Skipped} skipped, {Refused} refused")]
    public static partial void BulkComplete(
        this ILogger logger, TaskId operationId, string action, long affected, long skipped, long refused);

    [LoggerMessage(225, LogLevel.Error, "Bulk operations cannot go on now; it is tried again")]
    public static partial void BulkWaits(this ILogger logger, Exception exception);

    [LoggerMessage(229, LogLevel.Error, "Bulk operation {OperationId} cannot go on now; it is tried again in a while")]
    public static partial void BulkOperationWaits(this ILogger logger, TaskId operationId, Exception exception);

    [LoggerMessage(227, LogLevel.Warning, "What was counted of tasks cannot be stored now; it is kept and tried again")]
    public static partial void HistoryWaits(this ILogger logger, Exception exception);

    [LoggerMessage(228, LogLevel.Warning, "What was counted of tasks could not be tidied up; it is tried again")]
    public static partial void HistoryNotKept(this ILogger logger, Exception exception);

    [LoggerMessage(301, LogLevel.Information, "Worker {WorkerId} takes tasks of pool {Pool} with {Slots} slots")]
    public static partial void WorkerStarted(this ILogger logger, Guid workerId, string pool, int slots);

    [LoggerMessage(302, LogLevel.Information, "Draining: waiting up to {Timeout} for {Running} running functions")]
    public static partial void Draining(this ILogger logger, TimeSpan timeout, int running);

    [LoggerMessage(303, LogLevel.Warning, "Stopping with {Running} functions running; their tasks will fail as zombieTaskCleaned")]
    public static partial void StoppedRunning(this ILogger logger, int running);

    [LoggerMessage(304, LogLevel.Error, "The outcome of task {TaskId} cannot be stored now; it is kept and tried again")]
    public static partial void ReportWaits(this ILogger logger, TaskId taskId, Exception exception);

    [LoggerMessage(305, LogLevel.Error, "Claims cannot be stored now; they wait")]
    public static partial void ClaimWaits(this ILogger logger, Exception exception);

    [LoggerMessage(306, LogLevel.Critical, "Worker {WorkerId} was declared dead; it goes on under a new id")]
    public static partial void DeclaredDead(this ILogger logger, Guid workerId);

    [LoggerMessage(307, LogLevel.Warning, "A heartbeat failed; it is tried again")]
    public static partial void HeartbeatFailed(this ILogger logger, Exception exception);

    [LoggerMessage(308, LogLevel.Error, "Invoking the function of task {TaskId} failed unexpectedly")]
    public static partial void InvocationBroke(this ILogger logger, TaskId taskId, Exception exception);

    [LoggerMessage(309, LogLevel.Warning, "The execute queue could not be left in good order")]
    public static partial void NotStopped(this ILogger logger, Exception exception);

    [LoggerMessage(310, LogLevel.Warning, "The worker cannot take tasks yet; it tries again")]
    public static partial void NotStarted(this ILogger logger, Exception exception);

    [LoggerMessage(311, LogLevel.Warning, "Tasks without a slot here could not be handed back; they are released again")]
    public static partial void NotHandedBack(this ILogger logger, Exception exception);

    [LoggerMessage(312, LogLevel.Error, "API requests cannot be recorded now; they are kept, as many as fit, and tried again")]
    public static partial void RequestsWait(this ILogger logger, Exception exception);

    [LoggerMessage(313, LogLevel.Error, "{Count} API requests were not recorded: more came than could be stored")]
    public static partial void RequestsDropped(this ILogger logger, long count);

    [LoggerMessage(314, LogLevel.Error, "API request {RequestId} cannot be recorded")]
    public static partial void RequestNotRecorded(this ILogger logger, TaskId requestId, Exception exception);

    [LoggerMessage(315, LogLevel.Error, "Invoking the API function {Function} failed unexpectedly")]
    public static partial void ApiInvocationBroke(this ILogger logger, string function, Exception exception);

    [LoggerMessage(316, LogLevel.Warning, "Task {TaskId} of {Function} failed: {ErrorName} ({ErrorType}): {Error}")]
    public static partial void TaskFailed(
        this ILogger logger, TaskId taskId, string function, string errorName, string errorType, string error);

    [LoggerMessage(
        317, LogLevel.Warning,
        "Task {TaskId} of {Function} failed and is tried again as {SuccessorId}: {ErrorName} ({ErrorType}): {Error}")]
    public static partial void TaskRetried(
        this ILogger logger, TaskId taskId, string function, TaskId? successorId, string errorName, string errorType, string error);

    [LoggerMessage(318, LogLevel.Debug, "Warmed up in {Elapsed}")]
    public static partial void WarmedUp(this ILogger logger, TimeSpan elapsed);

    [LoggerMessage(319, LogLevel.Debug, "Not warmed up: the first tasks take a moment longer")]
    public static partial void NotWarmedUp(this ILogger logger, Exception exception);

    [LoggerMessage(
        320, LogLevel.Error,
        "The function {Function} of task {TaskId} goes on after its task was ended. It keeps its slot until it returns; {Running} "
            + "functions do so. Let it observe its CancellationToken")]
    public static partial void GoesOn(this ILogger logger, string function, TaskId taskId, int running);

    [LoggerMessage(321, LogLevel.Information, "The function {Function} of task {TaskId} has returned, and its slot is free")]
    public static partial void SlotFreed(this ILogger logger, string function, TaskId taskId);

    [LoggerMessage(
        322, LogLevel.Warning, "The time to drain is over: {Running} functions are asked to end, by their CancellationToken")]
    public static partial void Interrupted(this ILogger logger, int running);

    [LoggerMessage(401, LogLevel.Error, "Events cannot be published now; they are kept and tried again")]
    public static partial void PublishFailed(this ILogger logger, Exception exception);

    [LoggerMessage(
        402, LogLevel.Error,
        "The broker did not take {Count} events, and what follows of their tasks waits; they are kept and tried again")]
    public static partial void NotPublished(this ILogger logger, int count, Exception exception);

    [LoggerMessage(404, LogLevel.Debug, "Releases of pool {Pool} have no spans: their traces cannot be read now")]
    public static partial void NotTraced(this ILogger logger, string pool, Exception exception);

    [LoggerMessage(403, LogLevel.Warning, "The status cannot be read now: the gauges of the whole system have no values")]
    public static partial void NoStatus(this ILogger logger, Exception exception);

    [LoggerMessage(601, LogLevel.Warning, "Function {Function}: its step '{Step}' was not ended in time; it is finished or taken back now")]
    public static partial void StepAbandoned(this ILogger logger, string function, string step);

    [LoggerMessage(602, LogLevel.Error, "Function {Function}: Lambda does not take its former configuration back. Update it. {Reason}")]
    public static partial void NotRestored(this ILogger logger, string function, string reason);

    [LoggerMessage(603, LogLevel.Warning, "Steps of functions that were not ended cannot be settled now; it is tried again")]
    public static partial void NotSettled(this ILogger logger, Exception exception);
}
