using Microsoft.AspNetCore.Http;

namespace TasksBus.Dashboard.Hosting;

/// <summary>The paths that the dashboard answers.</summary>
internal static class DashboardPaths
{
    public const string Home = "/dashboard";

    public const string SignIn = "/dashboard/sign-in";

    public const string SignOut = "/dashboard/sign-out";

    /// <summary>The path of the connection that keeps a page live.</summary>
    public const string Circuit = "/_blazor";

    private static readonly PathString[] s_assets = ["/_content", "/_framework"];

    public static bool IsOne(PathString path) => path.StartsWithSegments(Home) || path.StartsWithSegments(Circuit) || IsAsset(path);

    /// <summary>Returns true for scripts, styles and images, which show nothing of what is stored.</summary>
    public static bool IsAsset(PathString path) => s_assets.Any(asset => path.StartsWithSegments(asset));

    /// <summary>Returns true when a browser opens the server's address.</summary>
    public static bool IsFrontDoor(HttpRequest request) =>
        request.Path == "/" && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.GetTypedHeaders().Accept.Any(static type => type.MediaType == "text/html");

    /// <summary>Where somebody goes after the sign-in. It never leads out of the dashboard.</summary>
    public static string AfterSignIn(string? wanted) =>
        wanted is not null && wanted.StartsWith(Home, StringComparison.Ordinal) && wanted.Length > Home.Length
            && wanted[Home.Length] is '/' or '?' && !wanted.Contains('\\', StringComparison.Ordinal)
        ? wanted : Home;
}
