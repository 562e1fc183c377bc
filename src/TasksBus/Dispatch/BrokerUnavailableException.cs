namespace TasksBus.Dispatch;

/// <summary>The broker does not accept messages now.</summary>
public sealed class BrokerUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
