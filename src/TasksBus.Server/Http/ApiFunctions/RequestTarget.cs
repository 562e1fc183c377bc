using Microsoft.AspNetCore.Http.Features;

namespace TasksBus.Server.Http.ApiFunctions;

/// <summary>What a request to a function asks for, as it was sent.</summary>
/// <param name="Path">All that follows the function's name, with the slash.</param>
/// <param name="Query">With its question mark; empty where there is none.</param>
internal sealed record RequestTarget(string Path, string Query)
{
    /// <summary>Before the function's name.</summary>
    public const string Prefix = "/tasks/v1/api/";

    /// <summary>As records show it.</summary>
    public string Shown => (Path.StartsWith('/') ? Path[1..] : Path) + Query;

    /// <param name="functionName">The name that the path was understood to have.</param>
    public static RequestTarget Of(HttpContext context, string functionName)
    {
        var (raw, query) = (context.Features.Get<IHttpRequestFeature>()!.RawTarget, context.Request.QueryString.Value ?? "");
        var path = raw.Split('?', 2)[0];
        // A path with dots in it may name another function at first sight: then it is read as the server did.
        return Split(path, functionName) is { } rest ? new(rest, query) : new(Split(context.Request.Path.ToUriComponent(), functionName) ?? "", query);
    }

    private static string? Split(string path, string functionName)
    {
        if (!path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var slash = path.IndexOf('/', Prefix.Length);
        var name = slash < 0 ? path[Prefix.Length..] : path[Prefix.Length..slash];
        return Uri.UnescapeDataString(name) != functionName ? null : slash < 0 ? "" : path[slash..];
    }
}
