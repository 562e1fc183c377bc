using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.LocalLambda;
using TasksBus.Server.Http;
using TasksBus.Server.Http.Authentication;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>One server: the database, the local functions where no Lambda is configured, and the web application over both.</summary>
public sealed class ServerHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SqliteDatabase _database;
    private readonly LocalLambdaServer? _functions;
    private readonly ILoggerFactory _functionsLogging;

    private ServerHost(WebApplication app, SqliteDatabase database, LocalLambdaServer? functions, ILoggerFactory functionsLogging) =>
        (_app, _database, _functions, _functionsLogging) = (app, database, functions, functionsLogging);

    /// <summary>The addresses that the server listens on, once it runs.</summary>
    public ICollection<string> Urls => _app.Urls;

    public IServiceProvider Services => _app.Services;

    /// <exception cref="StartException">A setting does not let the server start.</exception>
    public static async Task<ServerHost> BuildAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        // The settings beside the program, then those in the working folder, then the environment and the command line.
        builder.Configuration.AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true, reloadOnChange: false);
        builder.Configuration.AddEnvironmentVariables();
        builder.Configuration.AddCommandLine(args);
        // Queries stand in the request line, and long ones deserve an answer.
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestLineSize = 128 * 1024);
        builder.WebHost.UseKestrelHttpsConfiguration();
        var keys = ApiKeySettings.Read(builder.Configuration);
        builder.WebHost.UseUrls(ListenAddresses.Choose(builder.Configuration, keys.AreConfigured));

        var settings = builder.Configuration.GetSection(TasksBusOptions.Section);
        var options = settings.Get<TasksBusOptions>() ?? new();
        var faults = options.Validate().ToList();
        if (faults.Count > 0)
        {
            throw new StartException(string.Join(" ", faults));
        }

        builder.Services.AddOptions<TasksBusOptions>().Bind(settings);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + TimeSpan.FromSeconds(15));
        var lambda = settings.GetSection("Lambda");
        builder.Services.AddLambdaInvoker().Bind(lambda)
            .PostConfigure(invoker => invoker.MaxConnections = Math.Max(invoker.MaxConnections, options.WorkerSlots + 100));

        var database = SqliteDatabase.Open(options.DataPath);
        // The local functions start before the application and end after it, so they have a logging of their own.
        var functionsLogging = LoggerFactory.Create(logger => logger.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
        LocalLambdaServer? functions = null;
        try
        {
            if (lambda["Endpoint"] is null && lambda["Region"] is null)
            {
                functions = await StartFunctionsAsync(builder, options, functionsLogging);
            }

            builder.Services.AddTasksBus(database);
            builder.Services.AddSingleton(keys);
            builder.Services.AddBrowserGuard(builder.Configuration, keys.AreConfigured);
            var app = builder.Build();
            app.UseApiErrors();
            app.UseBrowserGuard();
            app.UseApiKeys();
            app.MapTasks();
            app.MapHealth();
            ListenAddresses.WarnOfPlainHttp(app.Configuration, app.Logger);
            return new(app, database, functions, functionsLogging);
        }
        catch
        {
            if (functions is not null)
            {
                await functions.DisposeAsync();
            }

            functionsLogging.Dispose();
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs until the process is told to stop.</summary>
    public async Task RunAsync()
    {
        await StartAsync();
        var url = _app.Urls.First();
        var key = Services.GetRequiredService<ApiKeys>().AreConfigured ? "-H 'Authorization: Bearer KEY' " : "";
        Console.WriteLine(
            $"""

            TasksBus listens on {string.Join(" and ", _app.Urls)}. Try:
              curl -s {url}/tasks/v1/ {key}-H 'Content-Type: application/json' -d '{"{"}"functionName":"hello","data":{"{"}"name":"world"{"}}"}'

            """);
        await _app.WaitForShutdownAsync();
    }

    public Task StartAsync() => _app.StartAsync();

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_functions is not null)
        {
            await _functions.DisposeAsync();
        }

        _functionsLogging.Dispose();
        _database.Dispose();
    }

    private static async Task<LocalLambdaServer> StartFunctionsAsync(WebApplicationBuilder builder, TasksBusOptions options, ILoggerFactory logging)
    {
        var path = Path.GetFullPath(options.FunctionsPath);
        if (!Directory.Exists(path))
        {
            throw new StartException(
                $"The folder of functions '{path}' does not exist. Make it, choose another with TasksBus__FunctionsPath, or set TasksBus__Lambda__Region to run functions in AWS.");
        }

        // Only this server knows the key, so that nobody else on this machine can invoke functions.
        var key = LocalLambdaKey.New();
        var server = await LocalLambdaServer.StartAsync(new() { FunctionsPath = path, MaxProcesses = Math.Max(64, options.WorkerSlots), Keys = [key] }, logging, CancellationToken.None);
        builder.Services.PostConfigure<LambdaOptions>(lambda =>
        {
            (lambda.Endpoint, lambda.Region) = (server.Endpoint, "us-east-1");
            (lambda.AccessKey, lambda.SecretKey, lambda.SessionToken) = (key.AccessKey, key.SecretKey, null);
        });
        return server;
    }
}
