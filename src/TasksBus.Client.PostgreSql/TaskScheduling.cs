using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using TasksBus.Contracts;

namespace TasksBus.Client.PostgreSql;

/// <summary>
/// Schedules and cancels tasks in a transaction of your own: on a context of EF Core, or on a transaction of Npgsql. They become effective
/// soon after the commit, and never after a rollback. The database is that of TasksBus, and its user has the role
/// <c>tasksbus_publisher</c>.
/// </summary>
public static class TaskScheduling
{
    /// <summary>The schema of the functions, if <c>TasksBus:SqlSchema</c> of the servers says nothing else.</summary>
    public const string DefaultSchema = "tasksbus";

    /// <summary>Schedules a task in the context's transaction. It does not save the context's changes.</summary>
    /// <param name="schema">The schema of the functions, as <c>TasksBus:SqlSchema</c> of the servers names it.</param>
    /// <returns>The task's id.</returns>
    /// <exception cref="InvalidOperationException">The context has no transaction, or its database is not PostgreSQL.</exception>
    /// <exception cref="TaskRefusedException">The task breaks a rule. The transaction goes on, unless only the database could find the
    /// mistake.</exception>
    public static Task<TaskId> ScheduleTaskAsync(
        this DbContext db, ScheduleTask task, string schema = DefaultSchema, CancellationToken cancellationToken = default) =>
        new TaskCalls(TransactionOf(db), schema).ScheduleAsync(task, cancellationToken);

    /// <summary>Schedules a task in the context's transaction. It does not save the context's changes.</summary>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The input, which must be an object in JSON. The function gets it as <c>event.data</c>. Null for none.</param>
    /// <inheritdoc cref="ScheduleTaskAsync(DbContext, ScheduleTask, string, CancellationToken)"/>
    public static Task<TaskId> ScheduleTaskAsync<TInput>(
        this DbContext db, string functionName, TInput input, ScheduleOptions? options = null, string schema = DefaultSchema,
        CancellationToken cancellationToken = default) =>
        new TaskCalls(TransactionOf(db), schema).ScheduleAsync(TaskOf(functionName, input, options), cancellationToken);

    /// <summary>Schedules tasks in the context's transaction, in few round trips. It does not save the context's changes.</summary>
    /// <returns>Their ids, in order.</returns>
    /// <inheritdoc cref="ScheduleTaskAsync(DbContext, ScheduleTask, string, CancellationToken)"/>
    public static Task<IReadOnlyList<TaskId>> ScheduleTasksAsync(
        this DbContext db, IReadOnlyList<ScheduleTask> tasks, string schema = DefaultSchema,
        CancellationToken cancellationToken = default) =>
        new TaskCalls(TransactionOf(db), schema).ScheduleAsync(tasks, cancellationToken);

    /// <summary>Cancels a task with the context's transaction, if the task is still new after the commit.</summary>
    /// <inheritdoc cref="ScheduleTaskAsync(DbContext, ScheduleTask, string, CancellationToken)" path="/exception|/param"/>
    public static Task CancelTaskAsync(
        this DbContext db, TaskId taskId, string schema = DefaultSchema, CancellationToken cancellationToken = default) =>
        new TaskCalls(TransactionOf(db), schema).CancelAsync(taskId, cancellationToken);

    /// <summary>Schedules a task in the transaction.</summary>
    /// <param name="schema">The schema of the functions, as <c>TasksBus:SqlSchema</c> of the servers names it.</param>
    /// <returns>The task's id.</returns>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    /// <exception cref="TaskRefusedException">The task breaks a rule. The transaction goes on, unless only the database could find the
    /// mistake.</exception>
    public static Task<TaskId> ScheduleTaskAsync(
        this NpgsqlTransaction transaction, ScheduleTask task, string schema = DefaultSchema,
        CancellationToken cancellationToken = default) =>
        new TaskCalls(transaction, schema).ScheduleAsync(task, cancellationToken);

    /// <summary>Schedules a task in the transaction.</summary>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The input, which must be an object in JSON. The function gets it as <c>event.data</c>. Null for none.</param>
    /// <inheritdoc cref="ScheduleTaskAsync(NpgsqlTransaction, ScheduleTask, string, CancellationToken)"/>
    public static Task<TaskId> ScheduleTaskAsync<TInput>(
        this NpgsqlTransaction transaction, string functionName, TInput input, ScheduleOptions? options = null,
        string schema = DefaultSchema, CancellationToken cancellationToken = default) =>
        new TaskCalls(transaction, schema).ScheduleAsync(TaskOf(functionName, input, options), cancellationToken);

    /// <summary>Schedules tasks in the transaction, in few round trips.</summary>
    /// <returns>Their ids, in order.</returns>
    /// <inheritdoc cref="ScheduleTaskAsync(NpgsqlTransaction, ScheduleTask, string, CancellationToken)"/>
    public static Task<IReadOnlyList<TaskId>> ScheduleTasksAsync(
        this NpgsqlTransaction transaction, IReadOnlyList<ScheduleTask> tasks, string schema = DefaultSchema,
        CancellationToken cancellationToken = default) =>
        new TaskCalls(transaction, schema).ScheduleAsync(tasks, cancellationToken);

    /// <summary>Cancels a task with the transaction, if the task is still new after the commit.</summary>
    /// <inheritdoc cref="ScheduleTaskAsync(NpgsqlTransaction, ScheduleTask, string, CancellationToken)" path="/exception|/param"/>
    public static Task CancelTaskAsync(
        this NpgsqlTransaction transaction, TaskId taskId, string schema = DefaultSchema, CancellationToken cancellationToken = default) =>
        new TaskCalls(transaction, schema).CancelAsync(taskId, cancellationToken);

    private static ScheduleTask TaskOf<TInput>(string functionName, TInput input, ScheduleOptions? options) =>
        (options ?? new()).NewTask(functionName, input);

    private static NpgsqlTransaction TransactionOf(DbContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        return db.Database.CurrentTransaction switch
        {
            null => throw new InvalidOperationException(
                "The context has no transaction, so a task would not be committed with its changes. Begin one with "
                    + "db.Database.BeginTransactionAsync() and commit it after SaveChangesAsync()."),
            var current when current.GetDbTransaction() is NpgsqlTransaction transaction => transaction,
            var other => throw new InvalidOperationException(
                $"Tasks are scheduled in transactions of PostgreSQL; the context has a {other.GetDbTransaction().GetType().Name}."),
        };
    }
}
