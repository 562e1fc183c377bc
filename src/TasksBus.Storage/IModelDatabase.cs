using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>Reads and writes that are not hot, mostly through EF Core, on either database.</summary>
internal interface IModelDatabase
{
    /// <summary>
    /// Whether a query finds a row. It goes past EF Core, for a look that almost never finds one: a server that needs EF Core for nothing
    /// else does not build its model.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    Task<bool> AnyAsync(string sql);

    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    Task<T> ReadAsync<T>(Func<TasksDbContext, Task<T>> read);

    /// <summary>
    /// Reads a list for a caller. It uses connections that only lists use, and takes at most the time that lists may take.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    /// <exception cref="ListsFullException">Too many lists are being read.</exception>
    /// <exception cref="QueryTooSlowException">The list takes too long.</exception>
    Task<T> ListAsync<T>(Func<TasksDbContext, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Runs in one transaction, which is on disk when this returns. Writers of functions run one after the other.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now. In rare cases the transaction was
    /// committed.</exception>
    Task<T> WriteAsync<T>(Func<TasksDbContext, Task<T>> write);
}

/// <summary>Reads that several stores have.</summary>
internal static class ModelReads
{
    /// <summary>The row of a resource. Null when there is none with that id.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public static Task<TRow?> FindAsync<TRow>(this IModelDatabase database, TaskId id)
        where TRow : class, IRecordRow
    {
        var text = id.ToString();
        return database.ReadAsync(context => context.Set<TRow>().SingleOrDefaultAsync(row => row.Id == text));
    }
}
