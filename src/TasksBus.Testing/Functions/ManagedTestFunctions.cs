using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Testing.Functions;

/// <summary>Stores the settings of functions that are managed here.</summary>
internal sealed class ManagedTestFunctions(IFunctionStore store)
{
    private static readonly TimeSpan s_atMost = TimeSpan.FromMinutes(1);

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static void Check(TestFunctionSettings settings)
    {
        if (settings.TimeLimit < TimeSpan.FromSeconds(3) || settings.TimeLimit > TasksBusOptions.MaxTimeLimit
            || settings.TimeLimit.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(settings), settings.TimeLimit, "TimeLimit must be whole seconds, from 3 to 300. Leave it out for 30.");
        }

        if (settings.DefaultPriority is < -TaskRules.MaxPriority or > TaskRules.MaxPriority)
        {
            throw new ArgumentOutOfRangeException(
                nameof(settings), settings.DefaultPriority,
                $"DefaultPriority must be from -{TaskRules.MaxPriority} to {TaskRules.MaxPriority}.");
        }
    }

    /// <summary>Creates the function, or changes it.</summary>
    public async Task StoreAsync(string name, TestFunctionSettings settings)
    {
        StoredFunction function = new()
        {
            Name = name,
            EntryPoint = "index.handler",
            Runtime = "nodejs22.x",
            TimeLimit = (int)settings.TimeLimit.TotalSeconds,
            MemoryLimit = 128,
            PermissionMode = "permissionRequired",
            DefaultPriority = settings.DefaultPriority,
            IsRetried = settings.IsRetried,
            ErrorsToRetry = settings.ErrorsToRetry,
            IsEnabled = settings.IsEnabled,
        };
        if (await store.AddAsync(function, s_atMost) is not { } existing)
        {
            await store.EndAsync(function, null);
            return;
        }

        await store.ChangeAsync(existing, function);
        await store.EnableAsync(existing, settings.IsEnabled);
    }
}
