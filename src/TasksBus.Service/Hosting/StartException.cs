namespace TasksBus.Service.Hosting;

/// <summary>A setting or the machine prevents the start. The message says how to fix it.</summary>
public sealed class StartException(string message, Exception? inner = null) : Exception(message, inner);
