namespace TasksBus.Worker;

/// <summary>A worker of a TasksBus cluster, with its functions and settings.</summary>
public sealed class WorkerBuilder : TaskFunctions
{
    internal WorkerBuilder()
    {
    }

    /// <summary>
    /// The cluster's PostgreSQL: <c>Host=...;Port=5432;Database=...;Username=...;Password=...</c>. Default: the connection string
    /// <c>tasksbus</c> of the application's configuration.
    /// </summary>
    public string? Database { get; set; }

    /// <summary>
    /// The cluster's RabbitMQ: <c>amqp://USER:PASSWORD@HOST:5672/VHOST</c>. Default: the connection string <c>rabbitmq</c> of the
    /// application's configuration.
    /// </summary>
    public string? Broker { get; set; }

    /// <summary>
    /// The pool of this worker and of its functions: 1 to 60 lower-case letters, digits and dashes. Workers with other functions of the
    /// same application must be in pools of their own. Default: <c>TasksBus:Pool</c>, or else the application's name.
    /// </summary>
    public string? Pool { get; set; }

    /// <summary>How many functions run at once, 1 to 10,000. Default: <c>TasksBus:WorkerSlots</c>, or else 20 for each core.</summary>
    public int? Slots { get; set; }

    /// <summary>
    /// Changes the settings that were read from the section <c>TasksBus</c> of the application's configuration, such as
    /// <see cref="TasksBusOptions.TaskTimeLimit"/>, <see cref="TasksBusOptions.DrainTimeout"/> and
    /// <see cref="TasksBusOptions.KeepResults"/>.
    /// </summary>
    public Action<TasksBusOptions>? Settings { get; set; }
}
