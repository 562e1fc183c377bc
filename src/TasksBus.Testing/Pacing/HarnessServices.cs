using Microsoft.Extensions.Hosting;
using TasksBus.Testing.Functions;

namespace TasksBus.Testing.Pacing;

/// <summary>Stores the managed functions before anything comes in.</summary>
internal sealed class FunctionSetup(TasksBusTestHarnessOptions options, ManagedTestFunctions managed) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await AnyThread.GoOn();
        foreach (var function in options.Functions.Values.Where(static function => function.Settings is not null))
        {
            await managed.StoreAsync(function.Name, function.Settings!);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Allows the pacer to work while the bus runs, and stops it before the bus stops.</summary>
internal sealed class PacerService(Pacer pacer) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        pacer.IsHosted = true;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => pacer.StopAsync();
}

/// <summary>The lifetime of a container without a host, which is never told to stop.</summary>
internal sealed class NoHost : IHostApplicationLifetime
{
    public CancellationToken ApplicationStarted => CancellationToken.None;

    public CancellationToken ApplicationStopping => CancellationToken.None;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication()
    {
        // There is nothing to stop but the container, which its owner disposes.
    }
}
