namespace TasksBus.Server.Http;

/// <summary>HEAD, which probes and proxies ask with.</summary>
internal static class HeadRequests
{
    /// <summary>
    /// A group of all paths, in which HEAD is answered wherever GET is: with the same headers, and without the body, which the web server
    /// leaves out.
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
