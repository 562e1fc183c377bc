using TasksBus.RabbitMq;
using TasksBus.Storage.PostgreSql;

namespace TasksBus.Service.Hosting;

/// <summary>The addresses of the cluster's database and broker, from the connection strings <c>tasksbus</c> and <c>rabbitmq</c>.</summary>
/// <param name="Database">A connection string for Npgsql: <c>Host=...;Port=...;Database=...;Username=...;Password=...</c>.</param>
/// <param name="Broker">An amqp:// or amqps:// address with user, password and virtual host.</param>
public sealed record ClusterSettings(string Database, Uri Broker)
{
    /// <summary>Returns null for a single server with everything in it.</summary>
    /// <exception cref="StartException">One of the two is missing, or is not an address. No message repeats one, because it may contain a
    /// password.</exception>
    public static ClusterSettings? Choose(IConfiguration configuration) =>
        Choose(configuration.GetConnectionString("tasksbus"), configuration.GetConnectionString("rabbitmq"));

    /// <inheritdoc cref="Choose(IConfiguration)"/>
    public static ClusterSettings? Choose(string? database, string? broker)
    {
        if (string.IsNullOrWhiteSpace(database) && string.IsNullOrWhiteSpace(broker))
        {
            return null;
        }

        if (string.IsNullOrWhiteSpace(database) || string.IsNullOrWhiteSpace(broker))
        {
            var (given, missing) = string.IsNullOrWhiteSpace(database) ? ("rabbitmq", "tasksbus") : ("tasksbus", "rabbitmq");
            throw new StartException(
                $"ConnectionStrings__{given} is set and ConnectionStrings__{missing} is not: a cluster needs both, PostgreSQL and "
                    + "RabbitMQ. Set the other, or neither to run alone on SQLite.");
        }

        return ConnectionText.FaultOf(database) is { } fault
            ? throw new StartException($"ConnectionStrings__tasksbus {fault}")
            : new(database, ReadBroker(broker));
    }

    private static Uri ReadBroker(string broker) =>
        BrokerText.Read(broker, out var fault) ?? throw new StartException($"ConnectionStrings__rabbitmq {fault}");
}
