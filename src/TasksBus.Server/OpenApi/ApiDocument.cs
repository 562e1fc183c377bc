using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace TasksBus.Server.OpenApi;

/// <summary>The OpenAPI document. The first request for it generates it, so that the start does not; its text is kept.</summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider generator)
{
    /// <summary>What .NET's generator calls the document. No address has it.</summary>
    public const string Name = "api";

    /// <summary>Stands in the text for where the server is, which each reader knows by another name.</summary>
    public const string Server = "https://server.invalid";

    private string? _text;

    /// <param name="server">Where the API is, for whoever asks: http://HOST:PORT.</param>
    public async ValueTask<string> ForAsync(string server, CancellationToken cancellationToken)
    {
        // Two who ask first at once both generate it, and it is the same.
        _text ??= await GenerateAsync(cancellationToken);

        // A host name may have a quote in it, and samples of calls are pasted into a shell.
        return _text.Replace($"'{Server}", $"'{server.Replace("'", @"'\\''", StringComparison.Ordinal)}", StringComparison.Ordinal)
            .Replace(Server, server, StringComparison.Ordinal);
    }

    private async Task<string> GenerateAsync(CancellationToken cancellationToken)
    {
        var document = await generator.GetOpenApiDocumentAsync(cancellationToken);
        await using StringWriter text = new(CultureInfo.InvariantCulture);
        document.SerializeAsV31(new OpenApiJsonWriter(text, new OpenApiJsonWriterSettings { Terse = true }));
        return text.ToString();
    }
}
