using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// Reads the settings in the body of CreateFunction and UpdateFunctionConfiguration. The limits and the error messages are Lambda's. A
/// setting that is not in the body stays unchanged.
/// </summary>
internal static partial class FunctionSettingsReader
{
    private const int MaxEnvironment = 4_096;
    private const int MaxTags = 50;

    /// <summary>The variables that Lambda itself sets (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    };

    /// <exception cref="LambdaException">A function may not have one of the settings here.</exception>
    public static FunctionRecord Read(JsonElement body, FunctionRecord record)
    {
        UnsupportedSettings.Check(body);
        var read = record with
        {
            Runtime = JsonFields.Text(body, "Runtime") ?? record.Runtime,
            Handler = JsonFields.Text(body, "Handler") ?? record.Handler,
            Role = JsonFields.Text(body, "Role") ?? record.Role,
            Description = JsonFields.Text(body, "Description") ?? record.Description,
            Timeout = Whole(body, "Timeout", 1, 900) ?? record.Timeout,
            MemorySize = Whole(body, "MemorySize", 128, 10_240) ?? record.MemorySize,
            Environment = JsonFields.Object(body, "Environment") is { } environment ? Variables(environment) : record.Environment,
        };
        if (!RolePattern().IsMatch(read.Role))
        {
            throw NotOfTheModel(
                read.Role, "role",
                @"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");
        }

        if (read.Handler.Length > 128 || read.Handler.Any(char.IsWhiteSpace))
        {
            throw NotOfTheModel(
                read.Handler, "handler",
                @"Member must have length less than or equal to 128 and satisfy regular expression pattern: [^\s]+");
        }

        if (read.Description.Length > 256)
        {
            throw NotOfTheModel(read.Description, "description", "Member must have length less than or equal to 256");
        }

        return read.Runtime.Length == 0 || RuntimeName.Refusal(read.Runtime) is not { } refusal
            ? read : throw new LambdaException(LambdaError.Invalid(refusal));
    }

    /// <summary>Null when the body has none.</summary>
    public static string? Architecture(JsonElement body)
    {
        var names = JsonFields.Texts(body, "Architectures");
        return names is null ? null
            : names is [("x86_64" or "arm64") and var name] ? name
            : throw NotOfTheModel(
                $"[{string.Join(", ", names)}]", "architectures",
                "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]], and have length 1");
    }

    /// <summary>Empty when the body has none.</summary>
    public static IReadOnlyDictionary<string, string> Tags(JsonElement body)
    {
        var tags = JsonFields.Object(body, "Tags") is { } given ? JsonFields.TextMap(given, "Tags") : [];
        return tags.Count <= MaxTags && tags.All(static tag => tag.Key.Length is >= 1 and <= 128 && tag.Value.Length <= 256)
            ? tags
            : throw new LambdaException(
                LambdaError.Invalid($"A function may have {MaxTags} tags, with keys of 1 to 128 and values of up to 256 characters"));
    }

    private static int? Whole(JsonElement body, string name, int from, int to)
    {
        var number = JsonFields.Number(body, name);
        return number is null || (number >= from && number <= to)
            ? number
            : throw NotOfTheModel($"{number}", char.ToLowerInvariant(name[0]) + name[1..], number < from
                ? $"Member must have value greater than or equal to {from}"
                : $"Member must have value less than or equal to {to}");
    }

    private static Dictionary<string, string> Variables(JsonElement environment)
    {
        var variables = JsonFields.Object(environment, "Variables") is { } given ? JsonFields.TextMap(given, "Environment.Variables") : [];
        if (variables.Keys.FirstOrDefault(static name => !VariableName().IsMatch(name)) is { } bad)
        {
            throw NotOfTheModel(
                bad, "environment.variables",
                "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]");
        }

        const string unable =
            "Lambda was unable to configure your environment variables because the environment variables you have provided";
        var reserved = variables.Keys.Where(Reserved.Contains).ToList();
        if (reserved.Count > 0)
        {
            throw new LambdaException(LambdaError.Invalid(
                $"{unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
                    + $"{string.Join(", ", reserved)}"));
        }

        if (variables.FirstOrDefault(static variable => variable.Value.Contains('\0', StringComparison.Ordinal)) is { Key: { } name })
        {
            throw new LambdaException(LambdaError.Invalid($"{unable} contains a NUL character, in {name}"));
        }

        // Lambda measures the text of the JSON. The error does not quote the text, which may be secret.
        return variables.Count == 0 || JsonSerializer.SerializeToUtf8Bytes(variables, JsonFields.Plain).Length <= MaxEnvironment
            ? variables
            : throw new LambdaException(LambdaError.Invalid($"{unable} exceeded the 4KB limit."));
    }

    private static LambdaException NotOfTheModel(string value, string member, string constraint) =>
        new(LambdaError.NotOfTheModel(value.Length > 256 ? value[..256] + "..." : value, member, constraint));

    [GeneratedRegex(@"^arn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+\z")]
    private static partial Regex RolePattern();

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9_]+\z")]
    private static partial Regex VariableName();
}
