using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>Reads and writes that are not hot, in EF Core's words, on either database.</summary>
public interface IModelDatabase
{
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    Task<T> ReadAsync<T>(Func<TasksDbContext, Task<T>> read);

    /// <summary>Runs in one transaction, which is on disk when this returns. Writers of functions come one after the other.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now; in rare cases the transaction was committed.</exception>
    Task<T> WriteAsync<T>(Func<TasksDbContext, Task<T>> write);
}
