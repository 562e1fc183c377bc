using Microsoft.Extensions.Options;
using TasksBus.Dashboard.Hosting;
using TasksBus.Server.Logging;
using TasksBus.Server.Telemetry;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http;

namespace TasksBus.Server.Hosting;

/// <summary>One server: the engine, its resources, and the web application if the process listens.</summary>
internal sealed class ServerHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ServerResources _resources;
    private readonly HttpApi? _api;

    private ServerHost(IHost host, ServerResources resources, HttpApi? api) => (_host, _resources, _api) = (host, resources, api);

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
        var telemetry = TelemetryExport.Read(builder.Configuration);
        if (!roles.HasFlag(Roles.Api) && builder.Configuration["urls"] is null)
        {
            telemetry.RequireNoAnswers();
            return await BuildSilentAsync(settings, cluster, options, roles, telemetry, change);
        }

        builder.WebHost.ConfigureKestrel(static kestrel => HttpApi.Limit(kestrel.Limits));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var api = HttpApi.Read(builder.Configuration, options, builder.Configuration["AllowedHosts"]);
        builder.WebHost.UseUrls(ListenAddresses.Choose(builder.Configuration, api.IsClosed));
        var resources = await ServerResources.OpenAsync(builder, cluster, options, roles);
        try
        {
            api.AddTo(builder.Services);
            telemetry.AddTo(builder);
            DrainingServer.Wrap(builder.Services, options.DrainTimeout);
            change(builder.Services);
            var hasDashboard = options.Dashboard && roles.HasFlag(Roles.Api);
            if (hasDashboard)
            {
                builder.Services.AddSingleton<DashboardSite>();
            }

            var app = builder.Build();
            api.Use(app, hasDashboard ? app.Services.GetRequiredService<DashboardSite>().Use : null);
            HttpApi.Map(app, roles);
            telemetry.Map(app);
            ListenAddresses.WarnOfPlainHttp(app.Configuration, app.Logger);
            return new(app, resources, roles.HasFlag(Roles.Api) ? api : null);
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
            Services.GetRequiredService<IOptions<TasksBusOptions>>().Value, _api);
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

    /// <summary>Builds a member of the cluster that does not listen for HTTP.</summary>
    private static async Task<ServerHost> BuildSilentAsync(
        string[] settings, ClusterSettings? cluster, TasksBusOptions options, Roles roles, TelemetryExport telemetry,
        Action<IServiceCollection> change)
    {
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        AddSettings(builder.Configuration, settings);
        builder.Logging.UseServerLog(builder.Configuration);
        var resources = await ServerResources.OpenAsync(builder, cluster, options, roles);
        telemetry.AddTo(builder);
        change(builder.Services);
        return new(builder.Build(), resources, api: null);
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
