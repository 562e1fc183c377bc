using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>The API keys that were made by a command. Only their hashes are stored.</summary>
public sealed class ApiKeyStore
{
    private readonly IModelDatabase _database;

    internal ApiKeyStore(IModelDatabase database) => _database = database;

    /// <summary>All keys, sorted by name.</summary>
    public async Task<IReadOnlyList<StoredApiKey>> AllAsync() =>
        (await _database.ReadAsync(static context => context.ApiKeys.OrderBy(static row => row.Name).ToListAsync()))
            .ConvertAll(static row => row.ToKey());

    /// <summary>Adds a key.</summary>
    /// <returns>False when a key of that name exists.</returns>
    public Task<bool> AddAsync(StoredApiKey key) => _database.WriteAsync(async context =>
    {
        if (await context.ApiKeys.AnyAsync(row => row.Name == key.Name))
        {
            return false;
        }

        context.Add(ApiKeyRow.Of(key with { CreatedAt = await context.NowAsync(default) }));
        await context.SaveChangesAsync();
        return true;
    });

    /// <summary>Deletes a key.</summary>
    /// <returns>False when no key of that name exists.</returns>
    public Task<bool> RemoveAsync(string name) =>
        _database.WriteAsync(async context => await context.ApiKeys.Where(row => row.Name == name).ExecuteDeleteAsync() == 1);

    /// <summary>Records that a key is used, unless a use no older than <paramref name="within"/> is recorded already.</summary>
    public Task<bool> NoteUseAsync(string name, byte[] hash, TimeSpan within) => _database.WriteAsync(async context =>
    {
        var now = await context.NowAsync(default);
        var old = now - Microseconds.Of(within);
        return await context.ApiKeys.Where(row => row.Name == name && row.Hash == hash && (row.LastUsedAt == null || row.LastUsedAt < old))
            .ExecuteUpdateAsync(set => set.SetProperty(static row => row.LastUsedAt, now)) == 1;
    });
}
