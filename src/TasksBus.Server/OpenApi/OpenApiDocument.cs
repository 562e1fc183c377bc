using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;
using TasksBus.Contracts;
using TasksBus.Server.Http.Authentication;

namespace TasksBus.Server.OpenApi;

/// <summary>
/// The OpenAPI 3.1 document: every endpoint that the server has, with its permission, and what <see cref="OpenApiParts"/> say of it. One
/// of which nothing is said is there too, with its method, path and permission.
/// </summary>
internal static partial class OpenApiDocument
{
    private const string Scheme = "apiKey";

    private static readonly Dictionary<string, ErrorCode> s_errors = typeof(ErrorCode).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(static field => field.FieldType == typeof(ErrorCode)).ToDictionary(static field => field.Name, static field => (ErrorCode)field.GetValue(null)!);

    /// <param name="server">Where the API is, for whoever asks: http://HOST:PORT.</param>
    public static JsonObject Build(IEnumerable<Endpoint> endpoints, string server)
    {
        var parts = new OpenApiParts();
        JsonObject paths = [];
        foreach (var (method, path, endpoint) in Described(endpoints))
        {
            var of = paths[path] as JsonObject ?? (JsonObject)(paths[path] = new JsonObject());
            of[method.ToLowerInvariant()] = Operation(parts, method, path, endpoint, server);
        }

        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "TasksBus",
                ["version"] = "1",
                ["summary"] = "Runs functions at their start time, most urgent first, at most once.",
                ["description"] = "Paths are the same with and without a slash at their end. HEAD is answered wherever GET is. Another method that a path does not know: 405 with code 2, and Allow. Timestamps are ISO 8601; one without an offset is read as UTC. Absent optional fields are left out of answers. Where neither API keys nor an issuer of tokens are configured, none is needed.",
                ["license"] = new JsonObject { ["name"] = "Apache License 2.0", ["identifier"] = "Apache-2.0" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = server }),
            ["tags"] = parts.Tags,
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = parts.Schemas,
                ["parameters"] = parts.Parameters,
                ["securitySchemes"] = new JsonObject
                {
                    [Scheme] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An API key, or a token of the issuer that the server trusts. The roles that an operation names are the permissions that it needs." },
                },
            },
        };
    }

    /// <summary>The endpoints by method and path, as the document writes them.</summary>
    public static IEnumerable<(string Method, string Path, RouteEndpoint Endpoint)> Described(IEnumerable<Endpoint> endpoints) =>
        from endpoint in endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true }
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? endpoint.Metadata.GetMetadata<DescribedMethods>()?.Methods ?? []
        // It is answered wherever GET is, and there is no more to say.
        where method != HttpMethods.Head
        select (method, PathOf(endpoint.RoutePattern), endpoint);

    private static string PathOf(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(static segment => string.Concat(segment.Parts.Select(static part => part switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => throw new InvalidOperationException($"A route has a part of an unknown kind: {part}."),
    }))));

    private static JsonObject Operation(OpenApiParts parts, string method, string path, RouteEndpoint endpoint, string server)
    {
        var operation = parts.Find(method, path) ?? new() { ["operationId"] = $"{method.ToLowerInvariant()}{Word().Replace(path, "_")}", ["summary"] = $"{method} {path}" };
        var ofFunction = endpoint.Metadata.GetMetadata<RequiredFunctionPermission>()?.Name;
        var permission = ofFunction ?? endpoint.Metadata.GetMetadata<RequiredPermission>()?.Name;
        AddParameters(parts, operation, endpoint.RoutePattern);
        AddErrors(parts, operation, isGuarded: permission is not null);
        operation["security"] = permission is null ? [] : new JsonArray(new JsonObject { [Scheme] = new JsonArray(permission) });
        if (ofFunction is not null)
        {
            // The function may be public.
            operation["security"]!.AsArray().Add(new JsonObject());
        }

        operation["x-codeSamples"] = new JsonArray(new JsonObject { ["lang"] = "Shell", ["label"] = "curl", ["source"] = CurlExample.Of(parts, operation, method, path, server, needsKey: permission is not null) });
        operation.Remove("x-query");
        return operation;
    }

    private static void AddParameters(OpenApiParts parts, JsonObject operation, RoutePattern pattern)
    {
        var parameters = operation["parameters"]?.AsArray().DeepClone().AsArray() ?? [];
        foreach (var parameter in pattern.Parameters)
        {
            parameters.Add(parts.Parameters.ContainsKey(parameter.Name)
                ? new JsonObject { ["$ref"] = $"#/components/parameters/{parameter.Name}" }
                : new JsonObject { ["name"] = parameter.Name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } });
        }

        operation.Remove("parameters");
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }
    }

    /// <summary>An answer for each HTTP status, with the codes that come with it and an example of each.</summary>
    private static void AddErrors(OpenApiParts parts, JsonObject operation, bool isGuarded)
    {
        var names = operation["errors"]?.AsArray().Select(static name => name!.GetValue<string>()).ToList() ?? [];
        operation.Remove("errors");
        if (isGuarded)
        {
            names.AddRange([nameof(ErrorCode.UserNotAuthenticated), nameof(ErrorCode.AccessTokenUnknown), nameof(ErrorCode.AccessTokenExpired), nameof(ErrorCode.NoPermission), nameof(ErrorCode.TooManyFailedAttempts),
                nameof(ErrorCode.ServerException), nameof(ErrorCode.ServiceUnreachable)]);
        }

        var responses = operation["responses"]?.AsObject() ?? (JsonObject)(operation["responses"] = new JsonObject());
        foreach (var group in names.Select(static name => (Name: name, Code: s_errors[name])).GroupBy(static error => error.Code.HttpStatus).OrderBy(static group => group.Key))
        {
            var errors = group.OrderBy(static error => error.Code.Code).Select(error => (error.Code, Says: parts.Errors[error.Name]!.GetValue<string>())).ToList();
            responses[$"{group.Key}"] = new JsonObject
            {
                ["description"] = string.Join('\n', errors.Select(static error => $"- {error.Code.Code} {error.Code.Name}: {error.Says}")),
                ["content"] = new JsonObject
                {
                    ["application/json"] = new JsonObject
                    {
                        ["schema"] = new JsonObject
                        {
                            ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/components/schemas/Error" }),
                            ["properties"] = new JsonObject
                            {
                                ["code"] = new JsonObject { ["enum"] = new JsonArray([.. errors.Select(static error => JsonValue.Create(error.Code.Code))]) },
                                ["name"] = new JsonObject { ["enum"] = new JsonArray([.. errors.Select(static error => JsonValue.Create(error.Code.Name))]) },
                            },
                        },
                        ["examples"] = new JsonObject(errors.Select(static error => KeyValuePair.Create<string, JsonNode?>(error.Code.Name, new JsonObject
                        {
                            ["value"] = new JsonObject { ["code"] = error.Code.Code, ["name"] = error.Code.Name, ["message"] = error.Says },
                        }))),
                    },
                },
            };
        }
    }

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex Word();
}

/// <summary>On an endpoint that takes any method: those that the document tells of.</summary>
internal sealed record DescribedMethods(params IReadOnlyList<string> Methods);
