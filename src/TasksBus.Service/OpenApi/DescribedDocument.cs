using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace TasksBus.Service.OpenApi;

/// <summary>Describes the API as a whole.</summary>
internal sealed class DescribedDocument : IOpenApiDocumentTransformer
{
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new()
        {
            Title = "TasksBus",
            Version = "1",
            Summary = "Runs functions at their start time, most urgent first, at most once.",
            Description = "Paths are the same with and without a slash at their end. HEAD is answered wherever GET is. "
                + "Another method that a path does not know: 405 with code 2, and Allow. Timestamps are ISO 8601; one without an offset "
                + "is read as UTC. "
                + "Absent optional fields are left out of answers. Where neither API keys nor an issuer of tokens are configured, none "
                + "is needed.",
            License = new() { Name = "Apache License 2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [new() { Url = ApiDocument.Server }];
        document.Tags = Tags.All.Select(static tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
        document.AddComponent(DescribedOperations.Scheme, Scheme);
        return Task.CompletedTask;
    }

    private static OpenApiSecurityScheme Scheme { get; } = new()
    {
        Type = SecuritySchemeType.Http,
        Scheme = "bearer",
        Description = "An API key, or a token of the issuer that the server trusts. "
            + "The roles that an operation names are the permissions that it needs.",
    };
}
