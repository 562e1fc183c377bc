using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>Reads and writes the pools of functions through EF Core, on either database.</summary>
internal sealed class FunctionPoolStore(IModelDatabase database) : IFunctionPoolStore
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

    public Task<IReadOnlyList<FunctionPool>> TakeAsync(string pool, IReadOnlyCollection<string> functionNames) =>
        database.WriteAsync<IReadOnlyList<FunctionPool>>(async context =>
        {
            var names = functionNames.ToList();
            var stored = await context.FunctionPools.Where(row => names.Contains(row.FunctionName)).ToListAsync();
            if (stored.Where(row => row.Pool != pool).Select(static row => new FunctionPool(row.FunctionName, row.Pool)).ToList()
                is { Count: > 0 } others)
            {
                return others;
            }

            context.AddRange(names.Except(stored.Select(static row => row.FunctionName))
                .Select(name => new FunctionPoolRow { FunctionName = name, Pool = pool }));
            await SaveAsync(context);
            return [];
        });

    public Task<IReadOnlyList<FunctionPool>> FillAsync(IReadOnlyCollection<FunctionPool> wanted) =>
        database.WriteAsync<IReadOnlyList<FunctionPool>>(async context =>
        {
            var names = wanted.Select(static one => one.FunctionName).ToList();
            var stored = await context.FunctionPools.Where(row => names.Contains(row.FunctionName))
                .ToDictionaryAsync(static row => row.FunctionName, static row => row.Pool);
            context.AddRange(
                wanted.Where(one => !stored.ContainsKey(one.FunctionName))
                    .Select(static one => new FunctionPoolRow { FunctionName = one.FunctionName, Pool = one.Pool }));
            await SaveAsync(context);
            return [.. wanted.Select(one => one with { Pool = stored.GetValueOrDefault(one.FunctionName, one.Pool) }).Except(wanted)];
        });

    /// <returns>True when anything changed.</returns>
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
