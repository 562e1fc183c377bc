namespace TasksBus.LocalLambda.Http;

/// <summary>Refuses a request from an inner method. The error is the answer.</summary>
internal sealed class LambdaException(LambdaError error) : Exception(error.Message)
{
    public LambdaError Error { get; } = error;
}
