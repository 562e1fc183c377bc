namespace TasksBus.RabbitMq;

/// <summary>
/// Checks a broker's address before it is used. No message repeats any part of it, because a part that cannot be read may be the rest of a
/// password.
/// </summary>
public static class BrokerText
{
    private const string Form = "Write it as amqp://USER:PASSWORD@HOST:5672/VHOST or amqps://...; "
        + "in a password '/', '?', '#', '@' and '%' are written %2F, %3F, %23, %40 and %25.";

    /// <summary>Reads an address.</summary>
    /// <param name="broker">An amqp:// or amqps:// address with user, password and virtual host.</param>
    /// <param name="fault">What is wrong and how to fix it, as a text that follows the setting's name. Null when nothing is wrong.</param>
    /// <returns>The address. Null when something is wrong.</returns>
    public static Uri? Read(string broker, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(broker);
        var isAddress = Uri.TryCreate(broker, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps"
            && address.Host.Length > 0;
        fault = !isAddress ? $"is no address of a broker. {Form}"
            : address!.UserInfo.Length > 0 || address.IsLoopback ? null
            : broker.Contains('@', StringComparison.Ordinal)
                ? $"cannot be read as it is meant: what stands before its @ ends too soon. {Form}"
            : $"lacks a user and a password: brokers let in guest from their own machine only. {Form}";
        return fault is null ? address : null;
    }
}
