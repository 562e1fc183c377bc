namespace TasksBus.Storage;

/// <summary>The database cannot be reached now.</summary>
public class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
