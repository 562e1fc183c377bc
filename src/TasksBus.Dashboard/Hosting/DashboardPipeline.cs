using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.Dashboard.Access;
using TasksBus.Dashboard.Layout;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Hosting;

/// <summary>How a request for the dashboard is answered.</summary>
internal static partial class DashboardPipeline
{
    public static RequestDelegate Build(IServiceProvider services)
    {
        ApplicationBuilder app = new(services);
        app.Use(static (context, next) => DashboardGuard.PassAsync(context, next));
        app.UseRouting();
        app.UseAntiforgery();
        app.UseEndpoints(endpoints =>
        {
            var pages = endpoints.MapRazorComponents<App>().AddInteractiveServerRenderMode(static options =>
                options.ContentSecurityFrameAncestorsPolicy = null);
            if (ManifestOf(services) is { } manifest)
            {
                endpoints.MapStaticAssets(manifest);
                pages.WithStaticAssets(manifest);
            }

            endpoints.MapPost(DashboardPaths.SignOut, SignOutAsync);
            if (services.GetRequiredService<SignIns>().Provider is not null)
            {
                endpoints.MapProvider();
            }
        });
        return app.Build();
    }

    private static Task SignOutAsync(HttpContext context)
    {
        var ticket = context.RequestServices.GetRequiredService<SignInTickets>().Delete(context);
        context.Response.Redirect(
            ticket?.SignIn is PersonSignIn ? DashboardPaths.SignInFor(wanted: null, SignInNotes.SignedOut) : DashboardPaths.SignIn);
        return Task.CompletedTask;
    }

    /// <summary>
    /// The list of scripts and styles that the build made. Null when the program is another than the server, such as a test. Of a program
    /// that was built and not published, they are where their packages are.
    /// </summary>
    private static string? ManifestOf(IServiceProvider services)
    {
        var environment = services.GetRequiredService<IWebHostEnvironment>();
        var manifest = Path.Combine(AppContext.BaseDirectory, $"{environment.ApplicationName}.staticwebassets.endpoints.json");
        if (!File.Exists(manifest))
        {
            LogNoAssets(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(DashboardPipeline)), manifest);
            return null;
        }

        StaticWebAssetsLoader.UseStaticWebAssets(environment, services.GetRequiredService<IConfiguration>());
        return manifest;
    }

    [LoggerMessage(530, LogLevel.Warning, "The dashboard has no scripts and styles: {Manifest} is missing")]
    private static partial void LogNoAssets(ILogger logger, string manifest);
}
