namespace TasksBus.Worker;

/// <summary>The worker cannot start. The message says why and how to mend it.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="inner">The cause.</param>
public sealed class WorkerStartException(string message, Exception? inner = null) : Exception(message, inner);
