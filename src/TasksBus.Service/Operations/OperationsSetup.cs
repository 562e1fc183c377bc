namespace TasksBus.Service.Operations;

/// <summary>Registers the operations that the API and the dashboard share.</summary>
public static class OperationsSetup
{
    /// <summary>The operations. A process has one of each.</summary>
    public static IReadOnlyList<Type> Types { get; } =
    [
        typeof(TaskOperations), typeof(BulkOperations), typeof(FunctionOperations), typeof(ScheduleOperations),
        typeof(ApiRequestOperations), typeof(StatusOperations), typeof(HistoryOperations), typeof(SystemWatch),
    ];

    /// <summary>Adds the operations.</summary>
    internal static IServiceCollection AddOperations(this IServiceCollection services)
    {
        foreach (var type in Types)
        {
            services.AddSingleton(type);
        }

        return services.AddSingleton<SystemExaminer>();
    }
}
