using System.Text.Json;
using System.Text.Json.Nodes;

namespace TasksBus.Server.OpenApi;

/// <summary>A call that can be copied into a shell, made from an operation's first examples.</summary>
internal static class CurlExample
{
    // What is safe between single quotes needs no escaping, and is easier to read without.
    private static readonly JsonSerializerOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(OpenApiParts parts, JsonObject operation, string method, string path, string server, bool needsKey)
    {
        foreach (var (name, parameter) in parts.Parameters)
        {
            path = path.Replace($"{{{name}}}", ExampleOf(parts, parameter!), StringComparison.Ordinal);
        }

        var query = operation["x-query"]?.GetValue<string>();
        var body = operation["requestBody"]?["content"]?["application/json"]?["examples"]?.AsObject().First().Value!["value"]!.ToJsonString(s_json);
        string[] words =
        [
            "curl -s",
            .. body is null && method is not "GET" || body is not null && method is not "POST" ? [$"-X {method}"] : Array.Empty<string>(),
            Quoted(server + path + (query is null ? "" : $"?{query}")),
            .. needsKey ? ["-H 'Authorization: Bearer KEY'"] : Array.Empty<string>(),
            .. body is null ? Array.Empty<string>() : ["-H 'Content-Type: application/json'", $"-d {Quoted(body)}"],
        ];
        return string.Join(' ', words);
    }

    /// <summary>A parameter's own example, or that of the schema it refers to.</summary>
    private static string ExampleOf(OpenApiParts parts, JsonNode parameter)
    {
        var schema = parameter["schema"]!;
        schema = schema["$ref"] is { } reference ? parts.Schemas[reference.GetValue<string>().Split('/')[^1]]! : schema;
        return schema["examples"]?[0]!.GetValue<string>() ?? "x";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
