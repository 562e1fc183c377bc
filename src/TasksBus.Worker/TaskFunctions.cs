using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Worker.Functions;

namespace TasksBus.Worker;

/// <summary>Functions in .NET, by their names. A worker runs them, and so does the harness of a test.</summary>
public class TaskFunctions
{
    private readonly Dictionary<string, OwnFunction> _functions = new(StringComparer.Ordinal);

    /// <summary>The longest name of a function, in characters.</summary>
    public const int MaxNameLength = 64;

    /// <summary>
    /// How inputs are read and results are written. Default: <see cref="JsonSerializerDefaults.Web"/>, so names of properties match in
    /// upper and lower case. With a <see cref="JsonSerializerOptions.TypeInfoResolver"/> of generated code nothing is reflected upon.
    /// </summary>
    public JsonSerializerOptions Json { get; set; } = new(JsonSerializerDefaults.Web);

    /// <summary>The names, in their order.</summary>
    internal IReadOnlyList<string> Names => [.. _functions.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The functions.</summary>
    internal IEnumerable<OwnFunction> All => _functions.Values;

    /// <summary>Adds a function that needs no input. If the task that it returns has a result, this is its result.</summary>
    /// <param name="name">The name that tasks give: 1 to 64 letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <param name="run">The function. An exception fails the task, with the exception's type and message.</param>
    /// <exception cref="ArgumentException">The name is not valid, or taken.</exception>
    public TaskFunctions AddFunction(string name, Func<TaskContext, CancellationToken, Task> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Add(name, (task, cancellationToken) => FunctionResult.OfAsync(run(task, cancellationToken), Json));
    }

    /// <summary>Adds a function. If the task that it returns has a result, this is its result.</summary>
    /// <typeparam name="TInput">The type of the input, which is read from the task's <c>data</c>.</typeparam>
    /// <inheritdoc cref="AddFunction(string, Func{TaskContext, CancellationToken, Task})"/>
    public TaskFunctions AddFunction<TInput>(string name, Func<TInput, TaskContext, CancellationToken, Task> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Add(
            name, (task, cancellationToken) => FunctionResult.OfAsync(run(task.Read<TInput>(Json), task, cancellationToken), Json));
    }

    /// <summary>Adds a function with a result.</summary>
    /// <typeparam name="TInput">The type of the input, which is read from the task's <c>data</c>.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <inheritdoc cref="AddFunction(string, Func{TaskContext, CancellationToken, Task})"/>
    public TaskFunctions AddFunction<TInput, TResult>(string name, Func<TInput, TaskContext, CancellationToken, Task<TResult>> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Add(name, async (task, cancellationToken) => JsonSerializer.SerializeToUtf8Bytes(
            await run(task.Read<TInput>(Json), task, cancellationToken), Json));
    }

    /// <summary>
    /// Adds a function that is a class. It implements <see cref="ITaskFunction{TInput}"/> or <see cref="ITaskFunction{TInput, TResult}"/>.
    /// An instance is made for each task in the task's scope, and disposed with it.
    /// </summary>
    /// <typeparam name="TFunction">The class. It need not be registered as a service.</typeparam>
    /// <param name="name">The name that tasks give: 1 to 64 letters, digits, <c>-</c> and <c>_</c>.</param>
    /// <exception cref="ArgumentException">The name is not valid or taken, or the class implements neither interface, or
    /// several.</exception>
    public TaskFunctions AddFunction<TFunction>(string name)
        where TFunction : class => Add(name, FunctionClass.Of(typeof(TFunction), this));

    /// <param name="functionName">The function as a task names it. Versions and aliases lead to the function itself.</param>
    internal OwnFunction? Find(string functionName) =>
        _functions.GetValueOrDefault(FunctionName.BareName(functionName));

    private TaskFunctions Add(string name, Func<TaskContext, CancellationToken, Task<byte[]>> run)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxNameLength || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException($"'{name}' is no name of a function: 1 to {MaxNameLength} letters, digits, - and _.", nameof(name));
        }

        return _functions.TryAdd(name, new(name, run))
            ? this : throw new ArgumentException($"There is a function '{name}' already.", nameof(name));
    }
}
