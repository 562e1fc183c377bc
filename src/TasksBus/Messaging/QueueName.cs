namespace TasksBus.Messaging;

/// <summary>What an endpoint's queue is called.</summary>
public static class QueueName
{
    /// <summary>The name of the queue at an address.</summary>
    public static string Of(Uri inputAddress)
    {
        ArgumentNullException.ThrowIfNull(inputAddress);
        return Uri.UnescapeDataString(inputAddress.Segments[^1]);
    }
}
