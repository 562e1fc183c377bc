using System.Text.Json;

namespace TasksBus.Worker.Functions;

/// <summary>Reads what a function returned whose delegate or method says no more than <see cref="Task"/>.</summary>
internal static class FunctionResult
{
    private static readonly byte[] s_none = "null"u8.ToArray();

    /// <summary>
    /// Waits for the task. If it has a result that JSON can hold, this is the function's result. That of
    /// <c>(input, task, token) => images.ResizeAsync(input, token)</c> may have one.
    /// </summary>
    public static async Task<byte[]> OfAsync(Task run, JsonSerializerOptions json)
    {
        await run;
        if (TypeOf(run) is not { } type)
        {
            return s_none;
        }

        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                type.GetProperty(nameof(Task<>.Result))!.GetValue(run), type.GetGenericArguments()[0], json);
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException)
        {
            // Nobody asked for it, such as for the answer of an HTTP call, and the function has done its work.
            return s_none;
        }
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
