using TasksBus.Storage.PostgreSql;

namespace TasksBus.Server.Hosting;

/// <summary>The addresses of the cluster's database and broker, from the connection strings <c>tasksbus</c> and <c>rabbitmq</c>.</summary>
/// <param name="Database">A connection string for Npgsql: <c>Host=...;Port=...;Database=...;Username=...;Password=...</c>.</param>
/// <param name="Broker">An amqp:// or amqps:// address with user, password and virtual host.</param>
internal sealed record ClusterSettings(string Database, Uri Broker)
{
    private const string Form = "Write it as amqp://USER:PASSWORD@HOST:5672/VHOST or amqps://...; "
        + "in a password '/', '?', '#', '@' and '%' are written %2F, %3F, %23, %40 and %25.";

    /// <summary>Returns null for a single server with everything in it.</summary>
    /// <exception cref="StartException">One of the two is missing, or is not an address. No message repeats one, because it may contain a
    /// password.</exception>
    public static ClusterSettings? Choose(IConfiguration configuration)
    {
        var (database, broker) = (configuration.GetConnectionString("tasksbus"), configuration.GetConnectionString("rabbitmq"));
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

    private static Uri ReadBroker(string broker)
    {
        var isAddress = Uri.TryCreate(broker, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps"
            && address.Host.Length > 0;
        if (!isAddress)
        {
            throw new StartException($"ConnectionStrings__rabbitmq is no address of a broker. {Form}");
        }

        if (address!.UserInfo.Length > 0 || address.IsLoopback)
        {
            return address;
        }

        throw new StartException(broker.Contains('@', StringComparison.Ordinal)
            ? $"ConnectionStrings__rabbitmq cannot be read as it is meant: what stands before its @ ends too soon. {Form}"
            : $"ConnectionStrings__rabbitmq lacks a user and a password: brokers let in guest from their own machine only. {Form}");
    }
}
