namespace TasksBus.Contracts;

/// <summary>
/// How events travel as plain JSON: through the topic exchange <see cref="Exchange"/>, with a routing key of three words.
/// </summary>
/// <example>
/// <code>
/// webshop.resize.completed    what a listener gets
/// webshop.#                   all events of the tasks that the publisher webshop scheduled
/// *.resize.*                  all events of the function resize
/// *.*.failed                  all failures
/// </code>
/// </example>
public static class TaskEventRouting
{
    /// <summary>The topic exchange of events.</summary>
    public const string Exchange = "tasksbus.events";

    /// <summary>The first word of a task without a publisher.</summary>
    public const string NoPublisher = "-";

    private const string Prefix = "Task";

    /// <summary>
    /// The routing key of an event: <c>publisher.function.event</c>. The function is its own name, without account, region and qualifier;
    /// a dot in it becomes <c>_</c>.
    /// </summary>
    /// <param name="eventType">The type's name, such as TaskCompleted. Its word in the key is <c>completed</c>.</param>
    /// <param name="functionName">The function as the task names it.</param>
    /// <param name="publisher">The task's publisher, or null.</param>
    public static string KeyOf(string eventType, string functionName, string? publisher) =>
        $"{publisher ?? NoPublisher}.{FunctionName.BareName(functionName).Replace('.', '_')}."
        + eventType.Substring(Prefix.Length).ToLowerInvariant();
}
