using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace TasksBus.Dashboard.Hosting;

/// <summary>
/// The dashboard of a server. It has a container and a pipeline of its own, which are made when somebody opens it. So a server that nobody
/// looks at starts as fast, and takes as little memory, as one without a dashboard.
/// </summary>
public sealed class DashboardSite : IAsyncDisposable
{
    private readonly Lazy<Site> _site;

    /// <param name="server">The container of the server.</param>
    public DashboardSite(IServiceProvider server) => _site = new(() => Site.Build(server));

    /// <summary>Answers the paths of the dashboard, and leads browsers that open the server's address to it.</summary>
    public void Use(IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (DashboardPaths.IsFrontDoor(context.Request))
        {
            context.Response.Redirect(DashboardPaths.Home);
            return Task.CompletedTask;
        }

        return DashboardPaths.IsOne(context.Request.Path) ? AnswerAsync(context) : next(context);
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _site.IsValueCreated ? _site.Value.Services.DisposeAsync() : ValueTask.CompletedTask;

    private async Task AnswerAsync(HttpContext context)
    {
        var (services, pipeline) = _site.Value;
        var own = context.Features.Get<IServiceProvidersFeature>();
        await using RequestServicesFeature scope = new(context, services.GetRequiredService<IServiceScopeFactory>());
        context.Features.Set<IServiceProvidersFeature>(scope);
        try
        {
            await pipeline(context);
        }
        finally
        {
            context.Features.Set(own);
        }
    }

    private sealed record Site(ServiceProvider Services, RequestDelegate Pipeline)
    {
        public static Site Build(IServiceProvider server)
        {
            var services = DashboardServices.Of(server).BuildServiceProvider();
            return new(services, DashboardPipeline.Build(services));
        }
    }
}
