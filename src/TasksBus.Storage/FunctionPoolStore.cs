using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>Reads and writes through EF Core, on either database.</summary>
public sealed class FunctionPoolStore(IModelDatabase database) : IFunctionPoolStore
{
    public Task<bool> SetAsync(string functionName, string pool) => database.WriteAsync(async context =>
    {
        if (await context.FunctionPools.AsTracking().SingleOrDefaultAsync(row => row.FunctionName == functionName) is { } stored)
        {
            stored.Pool = pool;
        }
        else
        {
            context.Add(new FunctionPoolRow { FunctionName = functionName, Pool = pool });
        }

        return await SaveAsync(context);
    });

    public Task<IReadOnlyList<FunctionPoolRow>> FillAsync(IReadOnlyCollection<FunctionPoolRow> wanted) => database.WriteAsync<IReadOnlyList<FunctionPoolRow>>(async context =>
    {
        var names = wanted.Select(static row => row.FunctionName).ToList();
        var stored = await context.FunctionPools.Where(row => names.Contains(row.FunctionName)).ToDictionaryAsync(static row => row.FunctionName);
        context.AddRange(wanted.Where(row => !stored.ContainsKey(row.FunctionName)));
        await SaveAsync(context);
        return [.. wanted.Where(row => stored.TryGetValue(row.FunctionName, out var other) && other.Pool != row.Pool).Select(row => stored[row.FunctionName])];
    });

    /// <returns>Whether anything has changed.</returns>
    private static async Task<bool> SaveAsync(TasksDbContext context)
    {
        if (await context.SaveChangesAsync() == 0)
        {
            return false;
        }

        await context.RenewFunctionsAsync();
        return true;
    }
}
