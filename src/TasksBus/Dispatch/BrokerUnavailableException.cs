namespace TasksBus.Dispatch;

/// <summary>The broker does not take messages now.</summary>
public sealed class BrokerUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
