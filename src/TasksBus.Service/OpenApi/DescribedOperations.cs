using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TasksBus.Contracts;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi.Schemas;

namespace TasksBus.Service.OpenApi;

/// <summary>Adds the endpoint's description to its operation: name, examples, errors, permission, and a sample call.</summary>
internal sealed class DescribedOperations : IOpenApiOperationTransformer
{
    public const string Scheme = "apiKey";

    private const string Json = "application/json";

    /// <summary>HEAD is answered wherever GET is and needs no description. OPTIONS has no body to describe.</summary>
    public static bool Include(ApiDescription description) => description.HttpMethod is not ("HEAD" or "OPTIONS");

    public async Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var (method, path) = (context.Description.HttpMethod!, context.Description.RelativePath);
        var described = Last<DescribedOperation>(metadata) ?? throw new InvalidOperationException($"{method} {path} is not described.");
        var ofFunction = Last<RequiredFunctionPermission>(metadata)?.Name;
        var permission = ofFunction ?? Last<RequiredPermission>(metadata)?.Name;
        Name(operation, described, method, metadata);
        operation.Deprecated = Last<DeprecatedOperation>(metadata) is not null;
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            parameter.Description = metadata.OfType<DescribedParameter>().Last(each => each.Name == parameter.Name).Description;
        }

        foreach (var answer in metadata.OfType<IProducesResponseTypeMetadata>())
        {
            operation.Responses![$"{answer.StatusCode}"].Description = answer.Description;
        }

        AddExamples(operation, Last<DescribedBody>(metadata));
        document.AddComponent("Error", await context.GetOrCreateSchemaAsync(typeof(ErrorSchema), cancellationToken: cancellationToken));
        AddErrors(operation, document, Last<DescribedErrors>(metadata)?.Errors ?? [], isGuarded: permission is not null);
        operation.Security = permission is null ? [] : [Needs(permission, document)];
        if (ofFunction is not null)
        {
            // The function may be public.
            operation.Security.Add([]);
        }

        AddSample(operation, CurlExample.Of(context.Description, metadata, needsKey: permission is not null));
    }

    private static T? Last<T>(IList<object> metadata) => metadata.OfType<T>().LastOrDefault();

    /// <summary>An endpoint with several methods becomes an operation for each, and each needs its own name.</summary>
    private static void Name(OpenApiOperation operation, DescribedOperation described, string method, IList<object> metadata)
    {
        var isOneOfMany = Last<HttpMethodMetadata>(metadata)!.HttpMethods.Count(static each => each != HttpMethods.Head) > 1;
        operation.OperationId = isOneOfMany ? $"{described.Id}{method[0]}{method[1..].ToLowerInvariant()}" : described.Id;
        operation.Summary = isOneOfMany ? $"{operation.Summary} with {method}" : operation.Summary;
    }

    private static void AddExamples(OpenApiOperation operation, DescribedBody? body)
    {
        if (body is not null)
        {
            operation.RequestBody!.Content![Json].Examples = body.Examples.ToDictionary(
                static example => example.Name,
                static IOpenApiExample (example) => new OpenApiExample { Value = JsonNode.Parse(example.Value) });
        }
    }

    /// <summary>
    /// Adds an answer for each HTTP status, with its codes and an example of each. The errors of every guarded endpoint are components.
    /// </summary>
    private static void AddErrors(OpenApiOperation operation, OpenApiDocument document, IReadOnlyList<ErrorCode> own, bool isGuarded)
    {
        var shared = isGuarded ? ErrorDescriptions.OfEveryGuardedEndpoint : [];
        foreach (var group in own.Concat(shared).GroupBy(static error => error.HttpStatus).OrderBy(static group => group.Key))
        {
            ErrorCode[] errors = [.. group.OrderBy(static error => error.Code)];
            var answer = Answer(errors, document);
            operation.Responses![$"{group.Key}"] = errors.All(shared.Contains) ? Component($"Error{group.Key}", answer, document) : answer;
        }
    }

    private static OpenApiResponseReference Component(string name, OpenApiResponse answer, OpenApiDocument document)
    {
        document.AddComponent(name, answer);
        return new(name, document);
    }

    private static OpenApiResponse Answer(ErrorCode[] errors, OpenApiDocument document) => new()
    {
        Description = string.Join('\n', errors.Select(static error => $"- {error.Code} {error.Name}: {ErrorDescriptions.Of(error)}")),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [Json] = new()
            {
                Schema = OneOf(errors, document),
                Examples = errors.ToDictionary(static error => error.Name, static IOpenApiExample (error) => new OpenApiExample
                {
                    Value = new JsonObject { ["code"] = error.Code, ["name"] = error.Name, ["message"] = ErrorDescriptions.Of(error) },
                }),
            },
        },
    };

    private static OpenApiSchema OneOf(ErrorCode[] errors, OpenApiDocument document) => new()
    {
        AllOf = [new OpenApiSchemaReference("Error", document)],
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["code"] = new OpenApiSchema { Enum = [.. errors.Select(static error => JsonValue.Create(error.Code))] },
            ["name"] = new OpenApiSchema { Enum = [.. errors.Select(static error => JsonValue.Create(error.Name))] },
        },
    };

    private static OpenApiSecurityRequirement Needs(string permission, OpenApiDocument document) =>
        new() { [new OpenApiSecuritySchemeReference(Scheme, document)] = [permission] };

    private static void AddSample(OpenApiOperation operation, string source)
    {
        JsonObject sample = new() { ["lang"] = "Shell", ["label"] = "curl", ["source"] = source };
        operation.AddExtension("x-codeSamples", new JsonNodeExtension(new JsonArray(sample)));
    }
}
