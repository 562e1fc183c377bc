using System.Text.Json;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// Settings that a function may have in AWS only. They are refused, because a function that ignored them would not run as asked.
/// </summary>
internal static class UnsupportedSettings
{
    private static readonly string[] Absent =
    [
        "Layers", "VpcConfig", "DeadLetterConfig", "KMSKeyArn", "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn",
        "CapacityProviderConfig", "PublishTo", "DurableConfig", "TenancyConfig",
    ];

    private static readonly string[] OtherSources = ["S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "SourceKMSKeyArn"];

    /// <exception cref="LambdaException">One of them is set, to a value that differs from every function's default.</exception>
    public static void Check(JsonElement body)
    {
        var set = Absent.Where(name => JsonFields.IsSet(body, name)).ToList();
        if (IsOther(body, "TracingConfig", "Mode", "PassThrough"))
        {
            set.Add("TracingConfig");
        }

        if (IsOther(body, "SnapStart", "ApplyOn", "None"))
        {
            set.Add("SnapStart");
        }

        if (IsOther(body, "LoggingConfig", "LogFormat", "Text")
            || (JsonFields.Object(body, "LoggingConfig") is { } logging && JsonFields.IsSet(logging, "LogGroup")))
        {
            set.Add("LoggingConfig");
        }

        if (JsonFields.Object(body, "EphemeralStorage") is { } storage && JsonFields.Number(storage, "Size") is not (null or 512))
        {
            set.Add("EphemeralStorage");
        }

        if (JsonFields.Flag(body, "Publish"))
        {
            set.Add("Publish");
        }

        if (set.Count > 0)
        {
            throw new LambdaException(
                LambdaError.Invalid($"LocalLambda does not have {string.Join(", ", set)}: leave it out, or deploy the function to AWS"));
        }
    }

    /// <exception cref="LambdaException">The code is in S3 or in an image.</exception>
    public static void CheckSource(JsonElement code)
    {
        if (OtherSources.FirstOrDefault(name => JsonFields.IsSet(code, name)) is { } other)
        {
            throw new LambdaException(LambdaError.Invalid($"LocalLambda does not have {other}: send the zip file itself, as ZipFile"));
        }
    }

    private static bool IsOther(JsonElement body, string name, string field, string usual) =>
        JsonFields.Object(body, name) is { } value && JsonFields.Text(value, field) is { } text && text != usual;
}
