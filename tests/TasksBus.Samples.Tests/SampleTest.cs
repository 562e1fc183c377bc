using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Client.MassTransit;
using TasksBus.Testing;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

/// <summary>
/// A test of a service with the whole of TasksBus in memory. The service's own functions run; only what lies outside of it is replaced.
/// </summary>
public abstract class SampleTest : IAsyncLifetime
{
    private ServiceProvider _services = null!;

    protected static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected TasksBusTestHarness Harness => _services.GetTasksBusTestHarness();

    public async Task InitializeAsync()
    {
        ServiceCollection services = new();
        services.AddLogging();
        Replace(services);
        services.AddTasksBusTestHarness(
            tasks =>
            {
                tasks.Start = Start;
                Configure(tasks);
                tasks.AddFunctions(Register);
            },
            bus =>
            {
                bus.AddTasksBusClient();
                AddConsumers(bus);
            });
        _services = services.BuildServiceProvider();
        await Harness.StartAsync();
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    /// <summary>Adds the service's functions, as it does for its worker.</summary>
    protected abstract void Register(TaskFunctions functions);

    /// <summary>Adds what stands in for other systems.</summary>
    protected virtual void Replace(IServiceCollection services)
    {
    }

    /// <summary>Adds the service's consumers.</summary>
    protected virtual void AddConsumers(IBusRegistrationConfigurator bus)
    {
    }

    protected virtual void Configure(TasksBusTestHarnessOptions tasks)
    {
    }

    /// <summary>The input of a task, as the publisher writes it.</summary>
    protected static JsonElement Json<T>(T input) => JsonSerializer.SerializeToElement(input, JsonSerializerOptions.Web);

    /// <summary>Does something with the publisher, in a scope of its own.</summary>
    protected async Task<T> PublishAsync<T>(Func<ITaskPublisher, Task<T>> publish)
    {
        ArgumentNullException.ThrowIfNull(publish);
        await using var scope = _services.CreateAsyncScope();
        return await publish(scope.ServiceProvider.GetRequiredService<ITaskPublisher>());
    }
}
