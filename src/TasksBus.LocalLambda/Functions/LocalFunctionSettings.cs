using System.Collections.Frozen;
using System.Text.Json;

namespace TasksBus.LocalLambda.Functions;

/// <summary>The settings in a function's <c>function.json</c>. Every property is optional.</summary>
/// <param name="Runtime">The runtime, by Lambda's name. Default <c>nodejs</c>: the installed Node.js.</param>
/// <param name="Handler">File and export, as in Lambda. Default <c>index.handler</c>.</param>
/// <param name="Timeout">1 to 900 seconds, default 30.</param>
/// <param name="MemoryMb">The heap of Node.js in MB, 64 to 10,240, default 128.</param>
/// <param name="Concurrency">How many invocations may run at once, 1 to 1,000. By default only the server's processes limit it.</param>
/// <param name="Environment">The function's own environment variables.</param>
internal sealed record LocalFunctionSettings(
    string Runtime,
    string Handler,
    TimeSpan Timeout,
    int MemoryMb,
    int Concurrency,
    IReadOnlyDictionary<string, string> Environment)
{
    public const string FileName = "function.json";

    public static readonly LocalFunctionSettings Default =
        new("nodejs", "index.handler", TimeSpan.FromSeconds(30), 128, 1_000, FrozenDictionary<string, string>.Empty);

    public RuntimeKind Kind => RuntimeName.KindOf(Runtime);

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="FunctionSettingsException">The text is not valid; the message says where.</exception>
    public static LocalFunctionSettings Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            return Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new FunctionSettingsException($"{FileName} is not JSON: {exception.Message}");
        }
    }

    private static LocalFunctionSettings Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FunctionSettingsException($"{FileName} must be an object.");
        }

        var settings = Default;
        foreach (var property in root.EnumerateObject())
        {
            settings = property.Name switch
            {
                "runtime" => settings with { Runtime = RuntimeOf(property.Value) },
                "handler" => settings with { Handler = Text(property.Name, property.Value) },
                "timeout" => settings with { Timeout = TimeSpan.FromSeconds(Number(property, 1, 900)) },
                "memory" => settings with { MemoryMb = Number(property, 64, 10_240) },
                "concurrency" => settings with { Concurrency = Number(property, 1, 1_000) },
                "environment" => settings with { Environment = Variables(property.Value) },
                _ => throw new FunctionSettingsException(
                    $"{FileName} has an unknown property '{property.Name}'; it may have runtime, handler, timeout, memory, "
                        + "concurrency and environment."),
            };
        }

        return settings;
    }

    private static string Text(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : throw new FunctionSettingsException($"{FileName}: '{name}' must be a text.");

    private static string RuntimeOf(JsonElement value)
    {
        var name = Text("runtime", value);
        return name == Default.Runtime || RuntimeName.Refusal(name) is not { } refusal
            ? name : throw new FunctionSettingsException($"{FileName}: {refusal}");
    }

    private static int Number(JsonProperty property, int from, int to) =>
        property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out var number) && number >= from && number <= to
            ? number
            : throw new FunctionSettingsException($"{FileName}: '{property.Name}' must be a whole number from {from} to {to}.");

    private static FrozenDictionary<string, string> Variables(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FunctionSettingsException($"{FileName}: 'environment' must be an object of texts.");
        }

        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in value.EnumerateObject())
        {
            var name = variable.Name;
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
            {
                throw new FunctionSettingsException($"{FileName}: '{name}' is not the name of an environment variable.");
            }

            if (name is "_HANDLER" or "LAMBDA_TASK_ROOT" || name.StartsWith("AWS_LAMBDA_", StringComparison.Ordinal))
            {
                throw new FunctionSettingsException($"{FileName}: the environment variable '{name}' is set by Lambda itself.");
            }

            variables[name] = variable.Value.ValueKind == JsonValueKind.String && variable.Value.GetString() is { } text
                && !text.Contains('\0', StringComparison.Ordinal)
                ? text
                : throw new FunctionSettingsException($"{FileName}: the environment variable '{name}' must be a text.");
        }

        return variables.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

/// <summary>A function's settings are wrong; the message is for the function's author.</summary>
internal sealed class FunctionSettingsException(string message) : Exception(message);
