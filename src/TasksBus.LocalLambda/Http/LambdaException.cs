namespace TasksBus.LocalLambda.Http;

/// <summary>A request is refused from within: the error is the answer.</summary>
internal sealed class LambdaException(LambdaError error) : Exception(error.Message)
{
    public LambdaError Error { get; } = error;
}
