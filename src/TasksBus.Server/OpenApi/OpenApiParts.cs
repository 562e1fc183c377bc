using System.Text.Json.Nodes;

namespace TasksBus.Server.OpenApi;

/// <summary>
/// What is said of the API by hand: a JSON file for each resource, in OpenAPI's own words. Operations stand under their method (<c>ANY</c>: each) and path; <c>errors</c> names
/// fields of <see cref="Contracts.ErrorCode"/>, and <c>x-query</c> is an example of a query string. All else follows from the endpoints.
/// </summary>
internal sealed class OpenApiParts
{
    private static readonly string[] s_sections = ["schemas", "parameters", "errors", "operations"];

    private readonly Dictionary<string, JsonObject> _sections = s_sections.ToDictionary(static name => name, static _ => new JsonObject());

    public OpenApiParts()
    {
        var assembly = typeof(OpenApiParts).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith("OpenApi/", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal)).Order())
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var part = JsonNode.Parse(stream)!.AsObject();
            foreach (var tag in part["tags"]?.AsArray() ?? [])
            {
                Tags.Add(tag!.DeepClone());
            }

            foreach (var (section, all) in _sections)
            {
                foreach (var (key, value) in part[section]?.AsObject() ?? [])
                {
                    all.Add(key, value!.DeepClone());
                }
            }
        }
    }

    public JsonArray Tags { get; } = [];

    public JsonObject Schemas => _sections["schemas"];

    public JsonObject Parameters => _sections["parameters"];

    public JsonObject Errors => _sections["errors"];

    public JsonObject Operations => _sections["operations"];

    /// <summary>Under which name an operation stands, where something is said of it.</summary>
    public string? KeyOf(string method, string path) => new[] { $"{method} {path}", $"ANY {path}" }.FirstOrDefault(Operations.ContainsKey);

    /// <summary>What is said of an operation; null: nothing.</summary>
    public JsonObject? Find(string method, string path)
    {
        if (KeyOf(method, path) is not { } key)
        {
            return null;
        }

        var operation = Operations[key]!.DeepClone().AsObject();
        if (key.StartsWith("ANY ", StringComparison.Ordinal))
        {
            operation["operationId"] = $"{operation["operationId"]!.GetValue<string>()}{method[0]}{method[1..].ToLowerInvariant()}";
        }

        return operation;
    }
}
