using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing.Patterns;
using Scalar.AspNetCore;

namespace TasksBus.Service.OpenApi;

/// <summary>
/// The page <c>/docs</c>, with a form for each operation that tries a call. Its script is in its package, and this server serves it.
/// Requests to other hosts are turned off, and the page's policy forbids them.
/// </summary>
internal static class DocsPage
{
    public static void Configure(ScalarOptions page, HttpContext context)
    {
        // The nonce has hexadecimal digits, because HTML escapes some of base64's characters.
        var nonce = RandomNumberGenerator.GetHexString(32, lowercase: true);
        // Styles must be inline, because the page's script makes style elements and attributes without a nonce.
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        page.WithTitle("TasksBus API").WithOpenApiRoutePattern("/openapi.json").WithNonce(nonce)
            // The validator in the page's script would test whether it may compile code, which the policy forbids.
            .AddHeadContent($"<script nonce=\"{nonce}\">globalThis.__zod_globalConfig = {{ jitless: true }};</script>")
            .AddPreferredSecuritySchemes(DescribedOperations.Scheme)
            .ExpandAllTags().DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideClientButton().HideDeveloperTools();
    }

    /// <summary>The path ends with a document's name, and there is only one document.</summary>
    public static void TakeNoName(EndpointBuilder endpoint)
    {
        if (endpoint is RouteEndpointBuilder { RoutePattern.Parameters.Count: > 0 } page)
        {
            page.RoutePattern = RoutePatternFactory.Parse("/docs");
        }
    }
}
