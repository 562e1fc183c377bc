using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Intake;

namespace TasksBus.Service.Http;

/// <summary>Reads the properties of a function from a body. Null counts as left out, and unknown fields are ignored.</summary>
internal static class FunctionBody
{
    private const string Limits = "a whole number";

    private static readonly Refusal s_environment = new(
        ErrorCode.FieldFormat,
        """environmentVariables must be a JSON object of names, each with its value: {"NAME":{"value":"..."}}.""");

    /// <summary>Reads the pool into which a caller puts a function.</summary>
    /// <exception cref="CommandRefusedException">The body names no valid pool.</exception>
    public static string ReadPool(JsonBody body)
    {
        var pool = Named(body).Text("pool")
            ?? throw new CommandRefusedException(
                ErrorCode.MissingRequiredFields, "pool is required: the name of the pool whose workers run the function.");
        return TasksBusOptions.IsPool(pool) ? pool
            : throw new CommandRefusedException(ErrorCode.FieldFormat, "pool must be 1 to 60 lower-case letters, digits and dashes.");
    }

    /// <returns>The name, if it is given, and the properties of the function.</returns>
    /// <exception cref="CommandRefusedException">A field is not valid.</exception>
    public static (string? Name, FunctionChanges Changes) Read(JsonBody body)
    {
        body = Named(body);
        var name = body.Text("name");
        var options = body.Inner("executionOptions");
        var policy = body.Inner("retryPolicy");
        return (name, new()
        {
            Description = body.Text("description"),
            EntryPoint = body.Text("entryPoint"),
            Runtime = body.Text("runtime"),
            Code = body.Text("code"),
            TimeLimit = body.WholeNumber("timeLimit", Limits),
            MemoryLimit = body.WholeNumber("memoryLimit", Limits),
            Environment = Environment(body),
            PermissionMode = options?.Text("permissionMode"),
            DefaultPriority = options?.WholeNumber("defaultPriority"),
            IsRetried = policy?.Boolean("enabled"),
            ErrorsToRetry = policy?.Strings("errorsToRetry"),
        });
    }

    private static JsonBody Named(JsonBody body) => body with { Texts = "Names and texts" };

    /// <summary>The values may be secrets, so no message repeats one.</summary>
    private static Dictionary<string, string>? Environment(JsonBody body)
    {
        if (!body.TryFind("environmentVariables", out var variables) || variables.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (variables.ValueKind != JsonValueKind.Object)
        {
            throw new CommandRefusedException(s_environment);
        }

        try
        {
            Dictionary<string, string> environment = new(StringComparer.Ordinal);
            foreach (var variable in variables.EnumerateObject())
            {
                environment[variable.Name] = variable.Value.ValueKind == JsonValueKind.Object
                    && variable.Value.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()! : throw new CommandRefusedException(s_environment);
            }

            return environment;
        }
        catch (InvalidOperationException)
        {
            throw body.HalfPair();
        }
    }
}
