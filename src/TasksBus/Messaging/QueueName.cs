namespace TasksBus.Messaging;

/// <summary>The names of endpoints' queues.</summary>
public static class QueueName
{
    /// <summary>The name of the queue at an address.</summary>
    public static string Of(Uri inputAddress)
    {
        ArgumentNullException.ThrowIfNull(inputAddress);
        return Uri.UnescapeDataString(inputAddress.Segments[^1]);
    }
}
