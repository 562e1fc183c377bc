using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.AspNetCore;
using TasksBus.Contracts;
using TasksBus.UnitTests.Engine;

namespace TasksBus.UnitTests.AspNetCore;

/// <summary>A user's application with TasksBus in it, on a free port of this machine.</summary>
internal sealed class EmbeddedApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder? _ownFolder;

    private EmbeddedApp(WebApplication app, TempFolder? ownFolder, HttpClient http) => (_app, _ownFolder, Http) = (app, ownFolder, http);

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public ITaskClient Tasks => Services.GetRequiredService<ITaskClient>();

    /// <summary>Starts an application whose function <c>double</c> doubles <c>n</c>, and that serves the API at <c>/jobs</c>.</summary>
    /// <param name="configure">Changes what AddTasksBus gets.</param>
    /// <param name="services">Adds services of the application.</param>
    /// <param name="use">Adds middleware and endpoints, instead of serving the API at <c>/jobs</c>.</param>
    /// <param name="settings">The application's configuration.</param>
    public static async Task<EmbeddedApp> StartAsync(
        Action<TasksBusBuilder>? configure = null, Action<IServiceCollection>? services = null, Action<WebApplication>? use = null,
        (string Name, string Value)[]? settings = null, string url = "http://127.0.0.1:0", TempFolder? folder = null)
    {
        var ownFolder = folder is null ? new TempFolder() : null;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Shop" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
            (settings ?? []).ToDictionary(static one => one.Name, static one => (string?)one.Value));
        builder.Services.AddTasksBus(configure ?? (tasks =>
        {
            tasks.DataPath = (ownFolder ?? folder)!.Path;
            tasks.Settings = static options => options.KeepResults = ["*"];
            tasks.AddFunction<Number, Number>("double", static (input, _, _) => Task.FromResult(new Number(2 * input.N)));
        }));
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.Urls.Add(url);
        if (use is null)
        {
            app.MapTasksBus("/jobs");
        }
        else
        {
            use(app);
        }

        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            ownFolder?.Dispose();
            throw;
        }

        var address = app.Urls.Single().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        return new(app, ownFolder, new() { BaseAddress = new(address) });
    }

    public async Task<(int Status, JsonElement Body)> SendAsync(
        string path, object? body = null, Action<HttpRequestMessage>? change = null)
    {
        using HttpRequestMessage request = new(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        request.Content = body is null ? null : JsonContent.Create(body);
        change?.Invoke(request);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : JsonSerializer.SerializeToElement(text));
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _ownFolder?.Dispose();
    }

    internal sealed record Number(int N);
}
