using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit.Waiting;

/// <summary>What one wait hears of its task. Dispose it when the wait is over.</summary>
internal sealed class Ear(EndListener listener, TaskId id) : IDisposable
{
    private TaskCompletionSource _next = New();

    public TaskId Id => id;

    /// <summary>Ends when something is heard after this call.</summary>
    public Task NextAsync()
    {
        var next = New();
        Interlocked.Exchange(ref _next, next);
        return next.Task;
    }

    public void Hear() => Volatile.Read(ref _next).TrySetResult();

    public void Dispose() => listener.Leave(this);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
