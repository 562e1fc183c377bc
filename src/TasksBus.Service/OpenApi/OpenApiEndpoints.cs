using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace TasksBus.Service.OpenApi;

/// <summary>
/// The description of the API: <c>/openapi.json</c> for programs, and <c>/docs</c> for people. Neither shows stored data, so neither needs
/// a key.
/// </summary>
internal static class OpenApiEndpoints
{
    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddOpenApi(ApiDocument.Name, static options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.ShouldInclude = DescribedOperations.Include;
            options.CreateSchemaReferenceId = DescribedSchemas.NameOf;
            options.AddSchemaTransformer<DescribedSchemas>();
            options.AddOperationTransformer<DescribedOperations>();
            options.AddDocumentTransformer<DescribedDocument>();
        });
        services.TryAddEnumerable(ServiceDescriptor.Transient<IApiDescriptionProvider, DescribedInputs>());
        services.AddSingleton<ApiDocument>();

        // The generator reads these options to learn how JSON is written. The server writes its answers with options of its own.
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
    }

    public static void MapOpenApiDocument(this IEndpointRouteBuilder app)
    {
        app.MapGet("/openapi.json", static async (HttpRequest request, ApiDocument document, CancellationToken cancellationToken) =>
            Results.Text(
                await document.ForAsync($"{request.Scheme}://{request.Host}{request.PathBase}", cancellationToken), "application/json"))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapScalarApiReference("/docs", DocsPage.Configure).AllowAnonymous().ExcludeFromDescription().Add(DocsPage.TakeNoName);
    }
}
