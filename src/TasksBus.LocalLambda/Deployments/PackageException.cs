namespace TasksBus.LocalLambda.Deployments;

/// <summary>A zip file is not one that Lambda would take; the message is Lambda's where it has one.</summary>
internal sealed class PackageException(string message, Exception? inner = null) : Exception(message, inner);
