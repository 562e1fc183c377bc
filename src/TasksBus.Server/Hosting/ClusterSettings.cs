namespace TasksBus.Server.Hosting;

/// <summary>Where the cluster's database and broker are, from the connection strings <c>tasksbus</c> and <c>rabbitmq</c>.</summary>
/// <param name="Database">For Npgsql: <c>Host=...;Port=...;Database=...;Username=...;Password=...</c>.</param>
/// <param name="Broker">amqp:// or amqps://, with user, password and virtual host.</param>
internal sealed record ClusterSettings(string Database, Uri Broker)
{
    /// <summary>Null: one server, with everything in it.</summary>
    /// <exception cref="StartException">One of the two is missing, or no address.</exception>
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
                $"ConnectionStrings__{given} is set and ConnectionStrings__{missing} is not: a cluster needs both, PostgreSQL and RabbitMQ. Set the other, or neither to run alone on SQLite.");
        }

        // The address itself is not repeated: it may hold a password.
        return Uri.TryCreate(broker, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps" && address.Host.Length > 0
            ? new(database, address)
            : throw new StartException("ConnectionStrings__rabbitmq is no address of a broker. Write it as amqp://USER:PASSWORD@HOST:5672/ or amqps://...");
    }
}
