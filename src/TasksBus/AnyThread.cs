using System.Runtime.CompilerServices;

namespace TasksBus;

/// <summary>
/// Lets go of the thread and the synchronization context of a caller who may block it, as a test does that starts or disposes a host. What
/// waits for that context would wait for ever.
/// </summary>
public static class AnyThread
{
    /// <summary>Goes on on a thread of the pool.</summary>
    public static ConfiguredTaskAwaitable GoOn() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
