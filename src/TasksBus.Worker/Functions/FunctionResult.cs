using System.Text.Json;

namespace TasksBus.Worker.Functions;

/// <summary>Reads what a function returned whose delegate or method says no more than <see cref="Task"/>.</summary>
internal static class FunctionResult
{
    /// <summary>
    /// Waits for the task. If it has a result, as that of <c>(input, task, token) => images.ResizeAsync(input, token)</c> may have, this is
    /// the function's result.
    /// </summary>
    public static async Task<byte[]> OfAsync(Task run, JsonSerializerOptions json)
    {
        await run;
        return TypeOf(run) is { } type
            ? JsonSerializer.SerializeToUtf8Bytes(type.GetProperty(nameof(Task<>.Result))!.GetValue(run), type.GetGenericArguments()[0], json)
            : "null"u8.ToArray();
    }

    /// <summary>The <see cref="Task{TResult}"/> that a task is. Null when it has no result.</summary>
    private static Type? TypeOf(Task run)
    {
        var type = run.GetType();
        while (type is not null && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)))
        {
            type = type.BaseType;
        }

        // .NET makes tasks without a result as tasks of this type, which is not public.
        return type?.GetGenericArguments()[0].FullName == "System.Threading.Tasks.VoidTaskResult" ? null : type;
    }
}
