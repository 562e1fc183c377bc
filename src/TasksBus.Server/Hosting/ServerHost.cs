using Microsoft.Extensions.Options;
using TasksBus.Server.Http;
using TasksBus.Server.Http.ApiFunctions;
using TasksBus.Server.Http.Authentication;
using TasksBus.Server.Logging;
using TasksBus.Server.OpenApi;

namespace TasksBus.Server.Hosting;

/// <summary>One server: the engine, its resources, and the web application if the process listens.</summary>
internal sealed class ServerHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ServerResources _resources;
    private readonly bool _isApi;

    private ServerHost(IHost host, ServerResources resources, bool isApi) => (_host, _resources, _isApi) = (host, resources, isApi);

    /// <summary>The addresses on which the server listens, once it runs. Empty when it does not listen.</summary>
    public ICollection<string> Urls => (_host as WebApplication)?.Urls ?? [];

    /// <summary>The services of the running host. They are disposed with the server.</summary>
    public IServiceProvider Services => _host.Services;

    /// <param name="settings">The settings of the command line, each as <c>--NAME=VALUE</c>.</param>
    /// <exception cref="StartException">A setting prevents the start.</exception>
    public static Task<ServerHost> BuildAsync(string[] settings) => BuildAsync(settings, static _ => { });

    /// <param name="change">Replaces parts of the engine, for measurements and tests.</param>
    internal static async Task<ServerHost> BuildAsync(string[] settings, Action<IServiceCollection> change)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        AddSettings(builder.Configuration, settings);
        SettingCheck.Run(builder.Configuration);
        builder.Logging.UseServerLog(builder.Configuration);
        var cluster = ClusterSettings.Choose(builder.Configuration);
        var options = SettingReader.Read<TasksBusOptions>(builder.Configuration, TasksBusOptions.Section);
        var roles = cluster is null ? Roles.All : options.ParseRoles()!.Value;
        if (!roles.HasFlag(Roles.Api) && builder.Configuration["urls"] is null)
        {
            return await BuildSilentAsync(settings, cluster, options, roles, change);
        }

        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            // Queries are in the request line, and long ones should get an answer too.
            kestrel.Limits.MaxRequestLineSize = 128 * 1024;
            BodyLimits.Set(kestrel.Limits);
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var authentication = AuthenticationSettings.Read(builder.Configuration);
        var origins = CrossOrigin.Read(builder.Configuration, authentication.IsRequired);
        var proxies = SettingReader.Read<CallerOptions>(builder.Configuration, TasksBusOptions.Section).TrustedProxies;
        FunctionPages pages = new(options.FunctionsHost);
        builder.WebHost.UseUrls(ListenAddresses.Choose(builder.Configuration, authentication.IsRequired));
        var resources = await ServerResources.OpenAsync(builder, cluster, options, roles);
        try
        {
            authentication.AddTo(builder.Services);
            builder.Services.AddBrowserGuard(builder.Configuration, authentication.IsRequired, pages);
            builder.Services.AddSingleton(pages);
            builder.Services.AddCors();
            builder.Services.AddOpenApiDocument();
            DrainingServer.Wrap(builder.Services, options.DrainTimeout);
            builder.Services.AddSingleton<BodyFields>();
            builder.Services.AddSingleton<EndWatch>();
            change(builder.Services);
            var app = builder.Build();
            app.UseApiErrors();
            app.UseTrustedProxies(proxies);
            app.UseBrowserGuard(origins);
            pages.Use(app);
            app.UseAccessControl();
            MapEndpoints(app, roles);
            ListenAddresses.WarnOfPlainHttp(app.Configuration, app.Logger);
            return new(app, resources, roles.HasFlag(Roles.Api));
        }
        catch
        {
            await resources.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs until the process is told to stop.</summary>
    public async Task RunAsync()
    {
        await StartAsync();
        Welcome.Say(
            Services.GetRequiredService<IConfiguration>(), Services.GetRequiredService<ILogger<ServerHost>>(), [.. Urls],
            Services.GetRequiredService<IOptions<TasksBusOptions>>().Value.Roles,
            _isApi ? Services.GetRequiredService<AuthenticationSettings>() : null);
        await _host.WaitForShutdownAsync();
    }

    /// <summary>
    /// Starts everything that the process's roles need. Throws when a part cannot start, such as a port that another program has taken.
    /// </summary>
    public Task StartAsync() => _host.StartAsync();

    /// <summary>
    /// Takes in nothing more, waits for running functions at most as long as <see cref="TasksBusOptions.DrainTimeout"/>, and stops.
    /// </summary>
    public Task StopAsync() => _host.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_host).DisposeAsync();
        await _resources.DisposeAsync();
    }

    private static void MapEndpoints(WebApplication app, Roles roles)
    {
        var paths = app.MapWithHead();
        paths.MapHealth(roles);
        if (roles.HasFlag(Roles.Api))
        {
            paths.MapTasks();
            paths.MapFunctions();
            paths.MapSchedules();
            paths.MapStatus();
            paths.MapExecute();
            paths.MapApiFunctions();
            paths.MapApiRequests();
            paths.MapOpenApiDocument();
        }
    }

    /// <summary>Builds a member of the cluster that does not listen for HTTP.</summary>
    private static async Task<ServerHost> BuildSilentAsync(
        string[] settings, ClusterSettings? cluster, TasksBusOptions options, Roles roles, Action<IServiceCollection> change)
    {
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        AddSettings(builder.Configuration, settings);
        builder.Logging.UseServerLog(builder.Configuration);
        var resources = await ServerResources.OpenAsync(builder, cluster, options, roles);
        change(builder.Services);
        return new(builder.Build(), resources, isApi: false);
    }

    /// <summary>
    /// Reads the settings beside the program, then those in the working folder, then the environment and the command line.
    /// </summary>
    private static void AddSettings(IConfigurationManager configuration, string[] settings)
    {
        configuration.AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true, reloadOnChange: false);
        configuration.AddEnvironmentVariables();
        configuration.AddEnvironmentVariables("ASPNETCORE_");
        configuration.AddCommandLine(settings);
    }
}
