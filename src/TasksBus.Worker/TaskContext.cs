using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Worker;

/// <summary>The task that a function runs for.</summary>
public sealed class TaskContext
{
    /// <summary>The name of the error of a task whose data is not what its function needs.</summary>
    public const string InvalidInput = "InvalidInput";

    internal TaskContext(JsonElement json, IServiceProvider services, TimeSpan timeLimit)
    {
        (Json, Services, TimeLimit) = (json, services, timeLimit);
        Id = TaskId.Parse(json.GetProperty("id").GetString()!);
        FunctionName = json.GetProperty("functionName").GetString()!;
    }

    /// <summary>The task's id.</summary>
    public TaskId Id { get; }

    /// <summary>The function as the task names it.</summary>
    public string FunctionName { get; }

    /// <summary>The whole task in its public JSON, which is what a function in Lambda gets as its event.</summary>
    public JsonElement Json { get; }

    /// <summary>The priority: the higher, the earlier.</summary>
    public long Priority => Json.GetProperty("priority").GetInt64();

    /// <summary>The tags. Empty when it has none.</summary>
    public IReadOnlyList<string> Tags =>
        Json.TryGetProperty("tags", out var tags) ? [.. tags.EnumerateArray().Select(static tag => tag.GetString()!)] : [];

    /// <summary>The publisher's own reference. Null when it has none.</summary>
    public string? Reference => Json.TryGetProperty("reference", out var reference) ? reference.GetString() : null;

    /// <summary>How long the function may run, from its start on. Then its token is canceled.</summary>
    public TimeSpan TimeLimit { get; }

    /// <summary>The services of the task's scope. They are disposed when the function has returned.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Reads the input. A task without data has the input null, if there is such an input.</summary>
    /// <exception cref="FunctionErrorException">The data is no <typeparamref name="T"/>.</exception>
    internal T Read<T>(JsonSerializerOptions options)
    {
        try
        {
            if (!Json.TryGetProperty("data", out var data))
            {
                return default(T) is null && Nullable.GetUnderlyingType(typeof(T)) is null && typeof(T) != typeof(object)
                    ? throw new FunctionErrorException(
                        InvalidInput, $"The task has no data, and {FunctionName} needs {Named(typeof(T))}. Schedule it with data.")
                    : default!;
            }

            return data.Deserialize<T>(options) ?? throw new FunctionErrorException(
                InvalidInput, $"The task's data is null, and {FunctionName} needs {Named(typeof(T))}.");
        }
        catch (JsonException exception)
        {
            throw new FunctionErrorException(
                InvalidInput, $"The task's data is no {Named(typeof(T))}, which {FunctionName} needs: {exception.Message}", exception);
        }
    }

    private static string Named(Type type) => Nullable.GetUnderlyingType(type)?.Name ?? type.Name;
}
