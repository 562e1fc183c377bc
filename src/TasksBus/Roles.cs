namespace TasksBus;

/// <summary>What a process of the cluster does.</summary>
[Flags]
public enum Roles
{
    /// <summary>Nothing. No process runs with it.</summary>
    None = 0,

    /// <summary>Accepts tasks, over HTTP and from the command queues.</summary>
    Api = 1,

    /// <summary>Releases due tasks, publishes events and cleans up. One process is active, the others stand by.</summary>
    Dispatcher = 2,

    /// <summary>Runs tasks of its pool.</summary>
    Worker = 4,

    /// <summary>Every role, for a process that runs alone.</summary>
    All = Api | Dispatcher | Worker,
}
