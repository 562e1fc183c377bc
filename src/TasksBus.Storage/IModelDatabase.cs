using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>Reads and writes that are not hot, in EF Core's words, on either database.</summary>
public interface IModelDatabase
{
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    Task<T> ReadAsync<T>(Func<TasksDbContext, Task<T>> read);

    /// <summary>Reads a list for a caller: on connections that only lists use, and for so long at most as lists may take.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    /// <exception cref="ListsFullException">Too many lists are being read.</exception>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    Task<T> ListAsync<T>(Func<TasksDbContext, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Runs in one transaction, which is on disk when this returns. Writers of functions come one after the other.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now; in rare cases the transaction was committed.</exception>
    Task<T> WriteAsync<T>(Func<TasksDbContext, Task<T>> write);
}
