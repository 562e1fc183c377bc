using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

/// <summary>Reads what a caller says of a function. What is null counts as left out; what is unknown is ignored.</summary>
internal static class FunctionBody
{
    private const string Limits = "a whole number";

    private static readonly Refusal s_halves = new(ErrorCode.FieldFormat, "Names and texts must not hold half of a surrogate pair.");

    /// <summary>Reads into which pool a caller puts a function.</summary>
    public static (string Pool, Refusal? Refusal) ReadPool(JsonElement body)
    {
        Refusal? refusal = null;
        try
        {
            var pool = Text(body, "pool", ref refusal);
            return (pool ?? "", refusal ?? (pool is null ? new(ErrorCode.MissingRequiredFields, "pool is required: the name of the pool whose workers run the function.")
                : TasksBusOptions.IsPool(pool) ? null
                : new(ErrorCode.FieldFormat, "pool must be 1 to 60 lower-case letters, digits and dashes.")));
        }
        catch (InvalidOperationException)
        {
            return ("", s_halves);
        }
    }

    /// <returns>The name where one is said, and what is said of the function.</returns>
    public static (string? Name, FunctionChanges Changes, Refusal? Refusal) Read(JsonElement body)
    {
        Refusal? refusal = null;
        try
        {
            var name = Text(body, "name", ref refusal);
            var options = RequestBody.Field(body, "executionOptions", JsonValueKind.Object, "a JSON object", ref refusal);
            var policy = RequestBody.Field(body, "retryPolicy", JsonValueKind.Object, "a JSON object", ref refusal);
            var changes = new FunctionChanges
            {
                Description = Text(body, "description", ref refusal),
                EntryPoint = Text(body, "entryPoint", ref refusal),
                Runtime = Text(body, "runtime", ref refusal),
                Code = Text(body, "code", ref refusal),
                TimeLimit = RequestBody.Integer(body, "timeLimit", ref refusal, Limits),
                MemoryLimit = RequestBody.Integer(body, "memoryLimit", ref refusal, Limits),
                Environment = Environment(body, ref refusal),
                PermissionMode = options is { } execution ? Text(execution, "permissionMode", ref refusal) : null,
                DefaultPriority = options is { } priorities ? RequestBody.Integer(priorities, "defaultPriority", ref refusal) : null,
                IsRetried = policy is { } retries ? Boolean(retries, "enabled", ref refusal) : null,
                ErrorsToRetry = policy is { } errors ? RequestBody.Strings(errors, "errorsToRetry", ref refusal) : null,
            };
            return (name, changes, refusal);
        }
        catch (InvalidOperationException)
        {
            // What the JSON reader throws at it.
            return (null, new(), s_halves);
        }
    }

    private static string? Text(JsonElement body, string name, ref Refusal? refusal) =>
        RequestBody.Field(body, name, JsonValueKind.String, "a string", ref refusal)?.GetString();

    private static bool? Boolean(JsonElement body, string name, ref Refusal? refusal)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        refusal ??= RequestBody.Format(name, "true or false", value);
        return null;
    }

    private static Dictionary<string, string>? Environment(JsonElement body, ref Refusal? refusal)
    {
        // The values may be secrets: no message repeats one.
        var form = new Refusal(ErrorCode.FieldFormat, """environmentVariables must be a JSON object of names, each with its value: {"NAME":{"value":"..."}}.""");
        if (!body.TryGetProperty("environmentVariables", out var variables) || variables.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (variables.ValueKind != JsonValueKind.Object)
        {
            refusal ??= form;
            return null;
        }

        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (var variable in variables.EnumerateObject())
        {
            if (variable.Value.ValueKind != JsonValueKind.Object || !variable.Value.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.String)
            {
                refusal ??= form;
                return null;
            }

            environment[variable.Name] = value.GetString()!;
        }

        return environment;
    }
}
