using Microsoft.AspNetCore.Authorization;

namespace TasksBus.Service.Http.Authentication;

/// <summary>What a caller may do: the names of the services of Extra Horizon. Each endpoint states the permission that it needs.</summary>
public static class Permissions
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
    public const string ViewTaskFunctionLogs = "VIEW_TASK_FUNCTION_LOGS";
    public const string ViewApiFunctionRequests = "VIEW_API_FUNCTION_REQUESTS";
    public const string ViewApiFunctionRequestLogs = "VIEW_API_FUNCTION_REQUEST_LOGS";

    public const string ViewDispatchers = "VIEW_DISPATCHERS";
    public const string CreateDispatchers = "CREATE_DISPATCHERS";
    public const string UpdateDispatchers = "UPDATE_DISPATCHERS";
    public const string DeleteDispatchers = "DELETE_DISPATCHERS";
    public const string ViewEvents = "VIEW_EVENTS";
    public const string CreateEvents = "CREATE_EVENTS";

    /// <summary>Ours: the original service has no such call.</summary>
    public const string ViewSystemStatus = "VIEW_SYSTEM_STATUS";

    /// <summary>Covers every function. For a single function its name follows: <c>EXECUTE_TASK_FUNCTION:NAME</c>.</summary>
    public const string ExecuteTaskFunction = "EXECUTE_TASK_FUNCTION";

    /// <summary>Covers every function. For a single function its name follows: <c>EXECUTE_API_FUNCTION:NAME</c>.</summary>
    public const string ExecuteApiFunction = "EXECUTE_API_FUNCTION";

    /// <summary>Stands for every permission in settings.</summary>
    public const string Everything = "*";

    public static readonly IReadOnlyList<string> All =
    [
        ViewTasks, CreateTasks, CancelTasks, ViewTaskLogs,
        ViewTaskFunctions, ViewTaskFunctionDetails, CreateTaskFunction, UpdateTaskFunction, DeleteTaskFunction, ViewTaskFunctionLogs,
        ExecuteTaskFunction, ExecuteApiFunction, ViewApiFunctionRequests, ViewApiFunctionRequestLogs,
        ViewTaskSchedules, CreateTaskSchedule, DeleteTaskSchedule, ViewSystemStatus,
        ViewDispatchers, CreateDispatchers, UpdateDispatchers, DeleteDispatchers, ViewEvents, CreateEvents,
    ];

    /// <summary>Returns true when the permission exists: one of <see cref="All"/>, or one to execute a single function.</summary>
    public static bool Exist(string name) => All.Contains(name)
        || new[] { ExecuteTaskFunction, ExecuteApiFunction }
            .Any(each => name.Length > each.Length + 1 && name.StartsWith($"{each}:", StringComparison.Ordinal));

    /// <summary>The permission to execute a single function.</summary>
    /// <param name="permission"><see cref="ExecuteTaskFunction"/> or <see cref="ExecuteApiFunction"/>.</param>
    public static string For(string permission, string functionName) => $"{permission}:{functionName}";

    /// <summary>Admits only callers with this permission.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.Require(new RequiredPermission(permission));

    /// <summary>
    /// Admits the callers whom the function in the path's <c>{name}</c> admits. If the function does not say, callers with this permission
    /// are admitted.
    /// </summary>
    public static TBuilder RequireFunctionPermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.Require(new RequiredFunctionPermission(permission));

    // RequireAuthorization would also require that every caller is known, and functions may admit strangers.
    private static TBuilder Require<TBuilder>(this TBuilder endpoint, IAuthorizationRequirement requirement)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(requirement, new AuthorizationPolicy([requirement], []));
}

/// <summary>The requirement of endpoints that state none: the caller must be known.</summary>
internal sealed record KnownCaller : IAuthorizationRequirement;

/// <summary>Marks an endpoint with the permission that its callers need.</summary>
internal sealed record RequiredPermission(string Name) : IAuthorizationRequirement;

/// <summary>Marks an endpoint that runs a function with the permission that its callers need, unless the function admits more.</summary>
internal sealed record RequiredFunctionPermission(string Name) : IAuthorizationRequirement
{
    /// <summary>The function that a request's path names.</summary>
    public static string FunctionOf(HttpContext request) => (string)request.GetRouteValue("name")!;
}
