using TasksBus.Server.Http;

namespace TasksBus.Server.OpenApi;

/// <summary>The API's description: <c>/openapi.json</c> for programs, and <c>/docs</c> for people. Neither tells what is stored, so neither needs a key.</summary>
internal static class OpenApiEndpoints
{
    /// <summary>The page is one file: it loads nothing but the document.</summary>
    private const string PagePolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapOpenApi(this IEndpointRouteBuilder app)
    {
        app.MapGet("/openapi.json", static (HttpRequest request, EndpointDataSource endpoints) =>
        {
            var document = OpenApiDocument.Build(endpoints.Endpoints, $"{request.Scheme}://{request.Host}");
            return Results.Text(document.ToJsonString(ApiAnswers.Options), "application/json");
        }).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/docs", static (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = PagePolicy;
            return Results.Stream(typeof(OpenApiEndpoints).Assembly.GetManifestResourceStream("OpenApi/docs.html")!, "text/html; charset=utf-8");
        }).AllowAnonymous().ExcludeFromDescription();
    }
}
