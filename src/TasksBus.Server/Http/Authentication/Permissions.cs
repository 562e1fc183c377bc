namespace TasksBus.Server.Http.Authentication;

/// <summary>What a caller may do: names of the Extra Horizon Task Service. Each endpoint states the one that it needs.</summary>
internal static class Permissions
{
    public const string ViewTasks = "VIEW_TASKS";
    public const string CreateTasks = "CREATE_TASKS";
    public const string CancelTasks = "CANCEL_TASKS";
    public const string ViewTaskLogs = "VIEW_TASK_LOGS";
    public const string ViewTaskFunctions = "VIEW_TASK_FUNCTIONS";
    public const string ViewTaskFunctionDetails = "VIEW_TASK_FUNCTION_DETAILS";
    public const string CreateTaskFunction = "CREATE_TASK_FUNCTION";
    public const string UpdateTaskFunction = "UPDATE_TASK_FUNCTION";
    public const string DeleteTaskFunction = "DELETE_TASK_FUNCTION";
    public const string ViewTaskSchedules = "VIEW_TASK_SCHEDULES";
    public const string CreateTaskSchedule = "CREATE_TASK_SCHEDULE";
    public const string DeleteTaskSchedule = "DELETE_TASK_SCHEDULE";

    /// <summary>Stands for every permission, in settings.</summary>
    public const string Everything = "*";

    public static readonly IReadOnlyList<string> All =
    [
        ViewTasks, CreateTasks, CancelTasks, ViewTaskLogs,
        ViewTaskFunctions, ViewTaskFunctionDetails, CreateTaskFunction, UpdateTaskFunction, DeleteTaskFunction,
        ViewTaskSchedules, CreateTaskSchedule, DeleteTaskSchedule,
    ];

    /// <summary>Only callers with this permission get through.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredPermission(permission));
}

/// <summary>On an endpoint: what its callers must be allowed.</summary>
internal sealed record RequiredPermission(string Name);
