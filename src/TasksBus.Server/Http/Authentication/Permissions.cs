namespace TasksBus.Server.Http.Authentication;

/// <summary>What a caller may do: names of the Extra Horizon Task Service. Each endpoint states the one that it needs.</summary>
internal static class Permissions
{
    public const string ViewTasks = "VIEW_TASKS";
    public const string CreateTasks = "CREATE_TASKS";
    public const string CancelTasks = "CANCEL_TASKS";
    public const string ViewTaskLogs = "VIEW_TASK_LOGS";

    /// <summary>Stands for every permission, in settings.</summary>
    public const string Everything = "*";

    public static readonly IReadOnlyList<string> All = [ViewTasks, CreateTasks, CancelTasks, ViewTaskLogs];

    /// <summary>Only callers with this permission get through.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredPermission(permission));
}

/// <summary>On an endpoint: what its callers must be allowed.</summary>
internal sealed record RequiredPermission(string Name);
