namespace TasksBus.Service.Http;

/// <summary>Answers HEAD, which probes and proxies use.</summary>
internal static class HeadRequests
{
    /// <summary>
    /// A group of all paths. It answers HEAD wherever GET is answered, with the same headers. The web server leaves out the body.
    /// </summary>
    public static RouteGroupBuilder MapWithHead(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(static endpoint =>
        {
            var methods = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
            if (methods.Contains(HttpMethods.Get) && !methods.Contains(HttpMethods.Head))
            {
                endpoint.Metadata.Add(new HttpMethodMetadata([.. methods, HttpMethods.Head]));
            }
        });
        return group;
    }
}
