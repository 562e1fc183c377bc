namespace TasksBus.LocalLambda.Deployments;

/// <summary>Lambda would not take this zip file. The message is Lambda's, if Lambda has one.</summary>
internal sealed class PackageException(string message, Exception? inner = null) : Exception(message, inner);
