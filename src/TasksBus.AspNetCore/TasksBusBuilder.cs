using System.Security.Claims;
using TasksBus.Worker;

namespace TasksBus.AspNetCore;

/// <summary>TasksBus inside an application: its functions and settings.</summary>
/// <remarks>
/// All other settings are read from the section <c>TasksBus</c> of the application's configuration, as a server reads them. Without
/// connection strings it runs alone, on SQLite. With those of PostgreSQL and RabbitMQ it joins their cluster.
/// </remarks>
public sealed class TasksBusBuilder : TaskFunctions
{
    internal TasksBusBuilder()
    {
    }

    /// <summary>
    /// The folder of the SQLite database, which only the user of this process may enter. A relative path starts at the application's
    /// content root. Default: <c>TasksBus:DataPath</c>, or else <c>.data</c>.
    /// </summary>
    public string? DataPath { get; set; }

    /// <summary>
    /// The cluster's PostgreSQL: <c>Host=...;Port=5432;Database=...;Username=...;Password=...</c>. Default: the connection string
    /// <c>tasksbus</c>. With it goes <see cref="Broker"/>.
    /// </summary>
    public string? Database { get; set; }

    /// <summary>
    /// The cluster's RabbitMQ: <c>amqp://USER:PASSWORD@HOST:5672/VHOST</c>. Default: the connection string <c>rabbitmq</c>.
    /// </summary>
    public string? Broker { get; set; }

    /// <summary>
    /// The pool of this application and of its functions: 1 to 60 lower-case letters, digits and dashes. Default: <c>TasksBus:Pool</c>. If
    /// that is not set either, it is <c>default</c> for an application that runs alone, and the application's name in a cluster.
    /// </summary>
    public string? Pool { get; set; }

    /// <summary>How many functions run at once, 1 to 10,000. Default: <c>TasksBus:WorkerSlots</c>, or else 20 for each core.</summary>
    public int? Slots { get; set; }

    /// <summary>
    /// What a user of the application may do over HTTP, where the application decides who comes in
    /// (<c>MapTasksBus().RequireAuthorization()</c>): names of permissions, such as <c>VIEW_TASKS</c>, or <c>*</c> for all. Default: all.
    /// </summary>
    public Func<ClaimsPrincipal, IReadOnlyCollection<string>> Permissions { get; set; } = static _ => ["*"];

    /// <summary>Changes the settings that were read from the configuration.</summary>
    public Action<TasksBusOptions>? Settings { get; set; }
}
