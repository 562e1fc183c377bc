using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using TasksBus.Service.OpenApi.Schemas;

namespace TasksBus.Service.OpenApi;

/// <summary>A call that can be copied into a shell, made from an operation's first examples.</summary>
internal static class CurlExample
{
    public static string Of(ApiDescription description, IList<object> metadata, bool needsKey)
    {
        var (method, path) = (description.HttpMethod!, DescribedInputs.PathOf(description));
        foreach (var parameter in metadata.OfType<DescribedParameter>())
        {
            path = path.Replace($"{{{parameter.Name}}}", ExampleOf(parameter.Schema), StringComparison.Ordinal);
        }

        var query = metadata.OfType<QueryExample>().LastOrDefault()?.Query;
        var body = metadata.OfType<DescribedBody>().LastOrDefault()?.Examples[0].Value;
        string[] words =
        [
            "curl -s",
            .. body is null && method is not "GET" || body is not null && method is not "POST" ? [$"-X {method}"] : Array.Empty<string>(),
            Quoted(ApiDocument.Server + path + (query is null ? "" : $"?{query}")),
            .. needsKey ? ["-H 'Authorization: Bearer KEY'"] : Array.Empty<string>(),
            .. body is null ? Array.Empty<string>() : ["-H 'Content-Type: application/json'", $"-d {Quoted(Compact(body))}"],
        ];
        return string.Join(' ', words);
    }

    // Text that is safe between single quotes needs no escaping, and is easier to read without it.
    private static string Compact(string json) => JsonNode.Parse(json)!.ToJsonString(JsonOutput.Objects);

    private static string ExampleOf(Type schema) =>
        schema.GetCustomAttribute<KeywordsAttribute>()?.Read()["examples"]?[0]?.GetValue<string>() ?? "x";

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
