using TasksBus.Storage;

namespace TasksBus.Tests.Functions;

internal static class ManagedRows
{
    /// <summary>Stores a managed function, without Lambda, or changes one that is stored.</summary>
    public static Task ManageAsync(this IModelDatabase database, string function, Action<StoredFunction> settings) =>
        new FunctionStore(database).ManageAsync(function, settings);

    /// <inheritdoc cref="ManageAsync(IModelDatabase, string, Action{StoredFunction})"/>
    public static async Task ManageAsync(this IFunctionStore store, string function, Action<StoredFunction> settings)
    {
        var row = await store.FindAsync(function);
        if (row is null)
        {
            row = new()
            {
                Name = function,
                EntryPoint = "index.handler",
                Runtime = "nodejs22.x",
                TimeLimit = 30,
                MemoryLimit = 128,
                PermissionMode = "permissionRequired",
                IsEnabled = true,
            };
            settings(row);
            await store.AddAsync(row, TimeSpan.FromMinutes(1));
            await store.EndAsync(row, null, row.Account);
            return;
        }

        var wasEnabled = row.IsEnabled;
        settings(row);
        await store.ChangeAsync(row, row);
        if (row.IsEnabled != wasEnabled)
        {
            await store.EnableAsync(row, row.IsEnabled);
        }
    }
}
