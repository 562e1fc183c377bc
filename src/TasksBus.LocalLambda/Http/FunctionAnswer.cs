using System.Text.Json;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Http;

/// <summary>Answers in the shapes of Lambda's API.</summary>
internal static class FunctionAnswer
{
    /// <summary>Makes a FunctionConfiguration.</summary>
    /// <param name="record">The function.</param>
    /// <param name="isQualified">True when the ARN includes the version.</param>
    public static Dictionary<string, object?> Configuration(FunctionRecord record, bool isQualified)
    {
        var answer = new Dictionary<string, object?>
        {
            ["FunctionName"] = record.Name,
            ["FunctionArn"] = LocalFunctionName.Arn(record.Name) + (isQualified ? ":" + LocalFunctionName.Latest : ""),
            ["Runtime"] = record.Runtime,
            ["Role"] = record.Role,
            ["Handler"] = record.Handler,
            ["CodeSize"] = record.CodeSize,
            ["Description"] = record.Description,
            ["Timeout"] = record.Timeout,
            ["MemorySize"] = record.MemorySize,
            ["LastModified"] = record.LastModified.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", System.Globalization.CultureInfo.InvariantCulture),
            ["CodeSha256"] = record.CodeSha256,
            ["Version"] = LocalFunctionName.Latest,
            ["TracingConfig"] = new { Mode = "PassThrough" },
            ["RevisionId"] = record.RevisionId,
            ["State"] = record.State.ToString(),
            ["PackageType"] = "Zip",
            ["Architectures"] = new[] { record.Architecture },
            ["EphemeralStorage"] = new { Size = 512 },
            ["SnapStart"] = new { ApplyOn = "None", OptimizationStatus = "Off" },
            ["LoggingConfig"] = new { LogFormat = "Text", LogGroup = $"/aws/lambda/{record.Name}" },
        };
        if (record.Environment.Count > 0)
        {
            answer["Environment"] = new { Variables = record.Environment };
        }

        foreach (var (name, value) in new (string, string?)[]
        {
            ("StateReason", record.StateReason),
            ("StateReasonCode", record.StateReasonCode),
            ("LastUpdateStatus", record.LastUpdateStatus?.ToString()),
            ("LastUpdateStatusReason", record.LastUpdateReason),
            ("LastUpdateStatusReasonCode", record.LastUpdateReasonCode),
        })
        {
            if (value is not null)
            {
                answer[name] = value;
            }
        }

        return answer;
    }

    public static async Task<LambdaError?> WriteAsync(HttpResponse response, object answer, int status = StatusCodes.Status200OK)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(answer, JsonFields.Plain);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json).ConfigureAwait(false);
        return null;
    }
}
