using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TasksBus.Worker.Hosting;

/// <summary>Says that <see cref="WorkersService"/> is hosted already.</summary>
internal sealed class WorkersMark;

/// <summary>Says that no worker starts, because the harness of a test runs the functions.</summary>
internal sealed class NoWorkers;

/// <summary>Starts and stops the workers of the application.</summary>
internal sealed class WorkersService(IEnumerable<WorkerBuilder> workers, IServiceProvider application) : IHostedService, IAsyncDisposable
{
    private readonly WorkerMember[] _members =
        application.GetService<NoWorkers>() is null ? [.. workers.Select(worker => new WorkerMember(worker, application))] : [];

    /// <summary>Why workers take no tasks. Empty when all do.</summary>
    public IEnumerable<string> Troubles => _members.Select(static member => member.Trouble).OfType<string>();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await AnyThread.GoOn();
        foreach (var member in _members)
        {
            await member.StartAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_members.Select(member => member.StopAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await AnyThread.GoOn();
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }
    }
}
