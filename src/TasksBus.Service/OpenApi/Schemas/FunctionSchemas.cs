using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace TasksBus.Service.OpenApi.Schemas;

[Keywords("""{"type":"string","pattern":"^[A-Za-z0-9_-]{1,64}$","examples":["greet"]}""")]
internal readonly struct FunctionNameSchema;

internal sealed record FunctionPoolSchema
{
    public required string FunctionName { get; init; }

    public required string Pool { get; init; }
}

internal sealed record NewFunctionPoolSchema
{
    [RegularExpression("^[a-z0-9-]{1,60}$")]
    public required string Pool { get; init; }
}

internal sealed record ExecutionOptionsSchema
{
    [Description("Who may execute the function directly. Default: permissionRequired.")]
    public PermissionModeSchema PermissionMode { get; init; }

    public PrioritySchema DefaultPriority { get; init; }
}

internal enum PermissionModeSchema
{
    PermissionRequired,
    AllUsers,
    Public,
}

[Description("Up to three more tries, 2, 5 and 10 seconds after each failure.")]
internal sealed record RetryPolicySchema
{
    [Description("Default: false.")]
    public bool Enabled { get; init; }

    [Description("Names of errors; none: every error.")]
    [MaxLength(100)]
    public ErrorNameSchema[] ErrorsToRetry { get; init; } = null!;
}

[Keywords("""{"type":"string","minLength":1}""")]
internal readonly struct ErrorNameSchema;

[Description("What is left out, or null, stays as it is, or is the default; unknown fields are ignored.")]
internal record FunctionChangesSchema
{
    [MaxLength(1024)]
    public string Description { get; init; } = null!;

    [RegularExpression("^[!-~]{1,128}$")]
    [Keywords("""{"examples":["index.handler"]}""")]
    public string EntryPoint { get; init; } = null!;

    [Description("As AWS Lambda names it.")]
    [RegularExpression("^[a-z][a-z0-9.]{1,39}$")]
    [Keywords("""{"examples":["nodejs22.x"]}""")]
    public string Runtime { get; init; } = null!;

    [Description("Seconds. Default: 30.")]
    [Range(3, 300)]
    public int TimeLimit { get; init; }

    [Description("MB. Default: 128.")]
    [Range(128, 10240)]
    public int MemoryLimit { get; init; }

    [Description("At most 4,096 bytes of names and values in all. They are stored encrypted.")]
    [Keywords("""{"propertyNames":{"pattern":"^[A-Za-z][A-Za-z0-9_]+$"}}""")]
    public Dictionary<string, EnvironmentVariableSchema> EnvironmentVariables { get; init; } = null!;

    public ExecutionOptionsSchema ExecutionOptions { get; init; } = null!;

    public RetryPolicySchema RetryPolicy { get; init; } = null!;

    [Description("A zip of at most 50 MB. Write only.")]
    [Keywords("""{"contentEncoding":"base64","contentMediaType":"application/zip"}""")]
    public string Code { get; init; } = null!;
}

internal sealed record EnvironmentVariableSchema
{
    public required string Value { get; init; }
}

[Description("A name, where and how its code runs, and the code.")]
[Keywords("""{"required":["name","entryPoint","runtime","code"]}""")]
internal sealed record NewFunctionSchema : FunctionChangesSchema
{
    /// <summary>A zip file that works: its code greets the person whom its data names.</summary>
    public const string Example =
        """{"name":"greet","runtime":"nodejs22.x","entryPoint":"index.handler","timeLimit":10,"retryPolicy":{"enabled":true},"code":"""
        + "\""
        + "UEsDBBQAAAAIAAAAIVwjatv1iAAAAKEAAAAJAAAAaW5kZXgubWpzHYzBCoJAFEX3fsUNgikQkZaKuWhRn+HkPCwY35OZZyXivzcIZ3XP5dBvkq"
        + "DohaPiZdl5Cmhg48I96EOsaK5YM+wX8VR4GU7mHoj0zYM510kF0jkwVkS1OsebOKpwKcscT3FLlcRIMdohrd2DvJccx3WPF86qbQu2I6FtYb4S"
        + "vDPbocOGrc4Sf1BLAQIUAxQAAAAIAAAAIVwjatv1iAAAAKEAAAAJAAAAAAAAAAAAAACkAQAAAABpbmRleC5tanNQSwUGAAAAAAEAAQA3AAAArw"
        + "AAAAAA"
        + "\"}";

    [RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string Name { get; init; } = null!;
}

internal sealed record FunctionSchema
{
    public required string Name { get; init; }

    public string Description { get; init; } = null!;

    public required string EntryPoint { get; init; }

    public required string Runtime { get; init; }

    public required int TimeLimit { get; init; }

    public required int MemoryLimit { get; init; }

    public Dictionary<string, EnvironmentVariableSchema> EnvironmentVariables { get; init; } = null!;

    public required ExecutionOptionsSchema ExecutionOptions { get; init; }

    public required RetryPolicySchema RetryPolicy { get; init; }

    [Description("Whether its tasks start, or fail at their start.")]
    public required bool Enabled { get; init; }

    public required TimestampSchema UpdateTimestamp { get; init; }
}

internal sealed record FunctionPageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public string Note { get; init; } = null!;

    public required FunctionSummarySchema[] Data { get; init; }
}

internal sealed record FunctionSummarySchema
{
    public required string Name { get; init; }

    public string Description { get; init; } = null!;

    public required TimestampSchema UpdateTimestamp { get; init; }
}
