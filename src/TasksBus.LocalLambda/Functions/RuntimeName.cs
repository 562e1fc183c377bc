namespace TasksBus.LocalLambda.Functions;

/// <summary>What runs a function.</summary>
internal enum RuntimeKind
{
    /// <summary>Node.js.</summary>
    Node,

    /// <summary>Python 3.</summary>
    Python,

    /// <summary>The function's own executable, <c>bootstrap</c>.</summary>
    Provided,
}

/// <summary>Lambda's names of runtimes, from https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html.</summary>
internal static class RuntimeName
{
    /// <summary>
    /// The runtimes that a function may ask for. The version is not checked: a function runs with the version that is installed.
    /// </summary>
    public static readonly IReadOnlyList<string> Supported =
    [
        "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x",
        "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
        "provided.al2", "provided.al2023",
    ];

    private static readonly string[] Deprecated =
    [
        "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x",
        "python2.7", "python3.6", "python3.7", "python3.8", "provided", "go1.x",
        "java8", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "ruby2.5", "ruby2.7",
    ];

    private static readonly string[] OnlyInAws = ["java", "dotnet", "ruby"];

    public static RuntimeKind KindOf(string name) =>
        name.StartsWith("python", StringComparison.Ordinal) ? RuntimeKind.Python
        : name.StartsWith("provided", StringComparison.Ordinal) ? RuntimeKind.Provided
        : RuntimeKind.Node;

    /// <summary>Returns the reason why a function cannot have this runtime on any machine, or null.</summary>
    public static string? Refusal(string name) =>
        Supported.Contains(name) ? null
        : Deprecated.Contains(name)
            ? $"The runtime parameter of {name} is no longer supported for creating or updating AWS Lambda functions. We recommend you use "
                + "a supported runtime while creating or updating functions."
        : OnlyInAws.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            ? $"LocalLambda does not have the runtime {name}: it has {string.Join(", ", Supported)}."
        : $"Value {name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            + $"[{string.Join(", ", Supported)}] or be a valid ARN";
}
