using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>The target of a request to a function, as it was sent.</summary>
/// <param name="Path">Everything after the function's name, with the slash.</param>
/// <param name="Query">The query with its question mark. Empty when there is none.</param>
internal sealed partial record RequestTarget(string Path, string Query)
{
    /// <summary>The path before the function's name.</summary>
    public const string Prefix = "/tasks/v1/api/";

    /// <summary>
    /// The target as records show it. Values in a query string may be secrets, so only the names of parameters are shown:
    /// <c>?token=&amp;page=</c>. A parameter without a name, or whose name does not look like one, is left out, because it may be a value
    /// itself.
    /// </summary>
    /// <param name="keepsValues">True to show the whole query string.</param>
    public string Shown(bool keepsValues)
    {
        var path = Path.StartsWith('/') ? Path[1..] : Path;
        if (keepsValues || Query.Length == 0)
        {
            return path + Query;
        }

        var names = Query[1..].Split('&').Select(static part => ParameterName().Match(part).Value);
        return $"{path}?{string.Join('&', names.Where(static name => name.Length > 0))}";
    }

    /// <param name="functionName">The name that routing found in the path.</param>
    public static RequestTarget Of(HttpContext context, string functionName)
    {
        var (raw, query) = (context.Features.Get<IHttpRequestFeature>()!.RawTarget, context.Request.QueryString.Value ?? "");
        var path = raw.Split('?', 2)[0];
        // An application may serve the API below a path of its own.
        if (context.Request.PathBase.ToUriComponent() is { Length: > 0 } start
            && path.StartsWith(start, StringComparison.OrdinalIgnoreCase))
        {
            path = path[start.Length..];
        }

        // A path with dots in it may seem to name another function. It is then read as the server read it.
        return Split(path, functionName) is { } rest
            ? new(rest, query) : new(Split(context.Request.Path.ToUriComponent(), functionName) ?? "", query);
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.\[\]-]{0,39}=")]
    private static partial Regex ParameterName();

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
