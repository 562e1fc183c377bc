using Microsoft.Extensions.DependencyInjection;

namespace TasksBus.Storage;

/// <summary>Registers the parts of a task store.</summary>
public static class TaskStoreRegistration
{
    /// <summary>Adds a task store under each of the interfaces that are its parts.</summary>
    public static IServiceCollection AddTaskStore(this IServiceCollection services, Func<IServiceProvider, ITaskStore> open)
    {
        services.AddSingleton(open);
        Add<ICommitStore>();
        Add<ITaskLoader>();
        Add<IFunctionPolicyStore>();
        Add<ITaskReader>();
        Add<IReadyQueue>();
        Add<IQueueVacuum>();
        Add<IOverdueTasks>();
        Add<IDeadWorkers>();
        Add<IWorkerList>();
        Add<IWorkerLeases>();
        Add<ILeaderLease>();
        Add<IScheduleTicks>();
        Add<IStoreClock>();
        Add<IRetentionStore>();
        Add<IEventOutbox>();
        return services;

        void Add<T>()
            where T : class =>
            services.AddSingleton<T>(static provider => (T)provider.GetRequiredService<ITaskStore>());
    }
}
