using Microsoft.AspNetCore.Http;

namespace TasksBus.Dashboard.Hosting;

/// <summary>The paths that the dashboard answers.</summary>
internal static class DashboardPaths
{
    public const string Home = "/dashboard";

    public const string SignIn = "/dashboard/sign-in";

    /// <summary>The way to the provider.</summary>
    public const string Provider = $"{SignIn}/provider";

    /// <summary>The way back from the provider, which is registered there.</summary>
    public const string Callback = $"{SignIn}/callback";

    public const string SignOut = "/dashboard/sign-out";

    /// <summary>The way to a sign-out at the provider.</summary>
    public const string ProviderSignOut = $"{SignOut}/provider";

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

    /// <summary>Returns true for the ways to and from the provider, which nobody is known on.</summary>
    public static bool IsOfProvider(PathString path) => path == Provider || path == Callback || path == ProviderSignOut;

    /// <summary>The address of the sign-in page.</summary>
    /// <param name="wanted">The page that somebody asked for.</param>
    /// <param name="note">What the page says: a constant of <see cref="Access.SignInNotes"/>. Null when it says nothing.</param>
    public static string SignInFor(string? wanted, string? note = null) =>
        $"{SignIn}?{(note is null ? "" : $"note={note}&")}return={Uri.EscapeDataString(wanted ?? Home)}";

    /// <summary>Where somebody goes after the sign-in: to a page of the dashboard, and nowhere else.</summary>
    public static string AfterSignIn(string? wanted) =>
        wanted is not null && wanted.StartsWith(Home, StringComparison.Ordinal) && !wanted.Contains('\\', StringComparison.Ordinal)
            && Uri.TryCreate($"http://localhost{wanted}", UriKind.Absolute, out var uri)
            && new PathString(uri.AbsolutePath) is var path && path.StartsWithSegments(Home)
            && !path.StartsWithSegments(SignIn) && !path.StartsWithSegments(SignOut)
        ? uri.PathAndQuery : Home;
}
