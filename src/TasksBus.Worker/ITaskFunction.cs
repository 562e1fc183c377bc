namespace TasksBus.Worker;

/// <summary>A function as a class. An instance is made for each task, with the services of the task's scope.</summary>
/// <typeparam name="TInput">The type of the input, which is read from the task's <c>data</c>.</typeparam>
public interface ITaskFunction<in TInput>
{
    /// <summary>Runs the function. An exception fails the task, with the exception's type and message.</summary>
    /// <param name="input">The task's <c>data</c>.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Canceled at the time limit, and when the stopping worker waits no longer.</param>
    Task RunAsync(TInput input, TaskContext task, CancellationToken cancellationToken);
}

/// <summary>A function as a class, with a result.</summary>
/// <typeparam name="TInput">The type of the input, which is read from the task's <c>data</c>.</typeparam>
/// <typeparam name="TResult">The type of the result. It is kept with the task if <c>TasksBus:KeepResults</c> names the
/// function.</typeparam>
public interface ITaskFunction<in TInput, TResult>
{
    /// <inheritdoc cref="ITaskFunction{TInput}.RunAsync"/>
    /// <returns>The result. It must serialize to JSON.</returns>
    Task<TResult> RunAsync(TInput input, TaskContext task, CancellationToken cancellationToken);
}
