using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.Storage;
using TasksBus.Worker.Functions;

namespace TasksBus.Worker.Hosting;

/// <summary>
/// An engine inside an application. It has a container of its own, so that it neither replaces services of the application, such as its
/// MassTransit, nor is replaced by them. Its database is its own too.
/// </summary>
internal sealed class OwnEngine : IAsyncDisposable
{
    private readonly List<IHostedService> _started = [];
    private readonly ServiceProvider _services;
    private readonly IAsyncDisposable _database;

    private OwnEngine(ServiceProvider services, IAsyncDisposable database) => (_services, _database) = (services, database);

    /// <summary>The container of the engine.</summary>
    public IServiceProvider Services => _services;

    /// <summary>The parts of a container that come from the application: logging, lifetime and clock; and the settings.</summary>
    public static ServiceCollection PartsOf(IServiceProvider application, TasksBusOptions options)
    {
        ServiceCollection parts = [];
        parts.AddSingleton(application.GetRequiredService<ILoggerFactory>());
        parts.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        parts.AddSingleton(application.GetRequiredService<IHostApplicationLifetime>());
        parts.AddSingleton(ClockOf(application));
        parts.AddSingleton(Options.Create(options));
        return parts;
    }

    public static TimeProvider ClockOf(IServiceProvider application) => application.GetService<TimeProvider>() ?? TimeProvider.System;

    /// <summary>Adds the invoker of functions that run in this process, with services from the application's container.</summary>
    public static void AddFunctions(IServiceCollection parts, TaskFunctions functions, IServiceProvider application) =>
        parts.AddSingleton<IFunctionInvoker>(provider => new OwnInvoker(
            functions, application.GetRequiredService<IServiceScopeFactory>(), ClockOf(application),
            provider.GetRequiredService<ILogger<OwnInvoker>>()));

    /// <summary>
    /// Puts functions into the pool of this process, all or none, and starts an engine. When that fails, nothing stays open.
    /// </summary>
    /// <param name="database">The engine's database, which is disposed after it.</param>
    /// <exception cref="WorkerStartException">One of the functions has another pool.</exception>
    public static async Task<OwnEngine> StartAsync(
        ServiceCollection parts, IAsyncDisposable database, TaskFunctions functions, TasksBusOptions options,
        CancellationToken cancellationToken)
    {
        OwnEngine engine = new(parts.BuildServiceProvider(), database);
        try
        {
            if (functions.Names.Count > 0)
            {
                await engine.TakeAsync(functions, options);
            }

            foreach (var part in engine._services.GetServices<IHostedService>())
            {
                await part.StartAsync(cancellationToken);
                engine._started.Add(part);
            }

            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops what has started, in the reverse order.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var part in Enumerable.Reverse(_started))
        {
            await part.StopAsync(cancellationToken);
        }

        _started.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task TakeAsync(TaskFunctions functions, TasksBusOptions options)
    {
        var pool = options.Pool;
        if (await _services.GetRequiredService<IFunctionPoolStore>().TakeAsync(pool, functions.Names) is { Count: > 0 } others)
        {
            throw new WorkerStartException(string.Join(" ", others.Select(other =>
                $"The function '{other.FunctionName}' belongs to the pool '{other.Pool}', and this worker to the pool '{pool}'. A function "
                    + $"has one pool: rename it, or move it with PUT /tasks/v1/functions/{other.FunctionName}/pool "
                    + $"{{\"pool\":\"{pool}\"}}. Its tasks that wait stay in '{other.Pool}'.")));
        }

        // Code that blocks its thread must not keep heartbeats from theirs.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, options.WorkerSlots + Environment.ProcessorCount), ports);
    }
}
