using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace TasksBus.Service.OpenApi;

/// <summary>The OpenAPI document. The first request generates it, so that it does not delay the start. Its text is kept.</summary>
internal sealed class ApiDocument([FromKeyedServices(ApiDocument.Name)] IOpenApiDocumentProvider generator)
{
    /// <summary>The name of the document in .NET's generator. It is in no address.</summary>
    public const string Name = "api";

    /// <summary>A placeholder in the text for the server's address, which differs for each reader.</summary>
    public const string Server = "https://server.invalid";

    private string? _text;

    /// <param name="server">The address of the API for this reader: http://HOST:PORT.</param>
    public async ValueTask<string> ForAsync(string server, CancellationToken cancellationToken)
    {
        // Two simultaneous first requests both generate the same text.
        _text ??= await GenerateAsync(cancellationToken);

        // A host name may contain a quote, and people paste the samples of calls into a shell.
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
