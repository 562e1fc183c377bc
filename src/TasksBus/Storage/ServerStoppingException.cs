namespace TasksBus.Storage;

/// <summary>The server stops and stores nothing any more. Another server may take the step.</summary>
public sealed class ServerStoppingException() : StoreUnavailableException("The server is stopping.");
