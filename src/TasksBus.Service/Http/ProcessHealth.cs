using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.RabbitMq;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>Whether a process can do the work of its roles, and what is missing.</summary>
/// <param name="Database">Why the database cannot be used. Null when it can.</param>
/// <param name="Broker">Why the broker cannot be used. Null when it can.</param>
/// <param name="Leads">True when this process does a dispatcher's work, false when it stands by. Null without that role.</param>
/// <param name="TakesTasks">True when the worker takes tasks. Null without that role.</param>
internal sealed record ProcessHealth(Roles Roles, string? Database, string? Broker, bool? Leads, bool? TakesTasks)
{
    private const string NoLease =
        "the worker takes no tasks: it has not joined yet, is stopping, or its heartbeats do not reach the database";

    private const string Away = "the broker cannot be reached";

    /// <summary>
    /// True when the process can do its work. An api is ready without the broker, because tasks are accepted over HTTP whatever the broker
    /// does.
    /// </summary>
    public bool IsReady => Database is null && (Roles.HasFlag(Roles.Api) || (Broker is null && TakesTasks != false));

    /// <summary>What people should know: <c>ready</c>, or what is missing.</summary>
    public string Word =>
        Database is { } database ? $"the database {database}"
        : Broker is { } broker ? Roles.HasFlag(Roles.Api) ? $"ready, but {broker}: {AllTheSame}" : broker
        : !IsReady ? NoLease
        : "ready";

    private string AllTheSame => Broker == Away ? "tasks are accepted and wait" : "tasks are accepted over HTTP";

    public static async Task<ProcessHealth> OfAsync(Roles roles, IServiceProvider services, CancellationToken cancellationToken)
    {
        string? database = null;
        try
        {
            // Any read will do.
            await services.GetRequiredService<ITaskReader>().LookAsync([default], withInput: false, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            database = "cannot be reached";
        }

        var bus = BusHealth.Of(services);
        var dispatches = roles.HasFlag(Roles.Dispatcher);
        // A dispatcher takes from no queue, so it learns of the broker when it sends.
        var broker = bus.IsHealthy ? dispatches && services.GetRequiredService<BrokerReach>().HasFailed ? Away : null
            : bus.NotTaken.Count > 0 ? $"nothing is taken from {string.Join(", ", bus.NotTaken)}"
            : Away;
        return new(
            roles, database, broker,
            dispatches ? services.GetRequiredService<Leadership>().IsHeld : null,
            roles.HasFlag(Roles.Worker) ? services.GetRequiredService<WorkerStatus>().TakesTasks : null);
    }
}
