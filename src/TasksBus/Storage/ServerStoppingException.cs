namespace TasksBus.Storage;

/// <summary>Nothing is stored any more, for the server stops. The step may be taken by another.</summary>
public sealed class ServerStoppingException() : StoreUnavailableException("The server is stopping.");
