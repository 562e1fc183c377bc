using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <content>Reads and writes that are not hot.</content>
public sealed partial class PostgresDatabase
{
    /// <summary>
    /// Runs a query that is not hot, through EF Core. If the first connection had been ended while it was idle, the query runs again on a
    /// fresh one.
    /// </summary>
    internal async Task<T> QueryAsync<T>(Func<PostgresTasksDbContext, Task<T>> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await RepeatableAsync(async () =>
        {
            await using var context = new PostgresTasksDbContext(_context);
            return await query(context);
        });
    }

    /// <summary>
    /// Takes a step that has the same effect when taken twice. If the connection had been ended while it was idle, the step is taken again
    /// on a fresh one.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    internal static async Task<T> RepeatableAsync<T>(Func<Task<T>> step)
    {
        try
        {
            return await OnFreshConnectionAsync(step);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    Task<bool> IModelDatabase.AnyAsync(string sql) => RepeatableAsync(async () =>
    {
        await using var command = Small.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is not null;
    });

    Task<T> IModelDatabase.ReadAsync<T>(Func<TasksDbContext, Task<T>> read) => QueryAsync<T>(read);

    async Task<T> IModelDatabase.ListAsync<T>(Func<TasksDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            return await _places.ReadAsync(() => OnFreshConnectionAsync(async () =>
            {
                await using var context = new PostgresTasksDbContext(_listContext);
                return await read(context);
            }), cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.IsStopped(exception))
        {
            throw new QueryTooSlowException(_longestList, exception);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw PostgresErrors.Unavailable(exception);
        }
    }

    async Task<T> IModelDatabase.WriteAsync<T>(Func<TasksDbContext, Task<T>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            await using var context = await BeginAsync(isFirst: true);
            var watch = CommitWatch.Over((NpgsqlConnection)context.Database.GetDbConnection());
            // The row's lock is held until the commit.
            await context.FunctionsRevision.ExecuteUpdateAsync(
                static set => set.SetProperty(static row => row.Revision, static row => row.Revision));
            var result = await write(context);
            await context.Database.CommitTransactionAsync();
            if (watch.IsAlone)
            {
                Doubt();
                await ConfirmAsync(CancellationToken.None);
            }

            return result;
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    private static async Task<T> OnFreshConnectionAsync<T>(Func<Task<T>> step)
    {
        try
        {
            return await step();
        }
        catch (Exception exception) when (PostgresErrors.IsCutOff(exception))
        {
            return await step();
        }
    }

    /// <summary>Begins a transaction and sends a first statement, so that a broken connection shows at once.</summary>
    private async Task<PostgresTasksDbContext> BeginAsync(bool isFirst)
    {
        var context = new PostgresTasksDbContext(_context);
        try
        {
            await context.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted);
            await context.Database.ExecuteSqlRawAsync("set local synchronous_commit = on");
            return context;
        }
        catch (Exception exception)
        {
            await context.DisposeAsync();
            if (isFirst && PostgresErrors.IsCutOff(exception))
            {
                return await BeginAsync(isFirst: false);
            }

            throw;
        }
    }
}
