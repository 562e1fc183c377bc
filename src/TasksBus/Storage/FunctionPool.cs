namespace TasksBus.Storage;

/// <summary>Which pool's workers run a function, managed here or not.</summary>
/// <param name="FunctionName">A bare name, for each way of naming that function; or just one of these, such as an ARN, which goes before.</param>
public sealed record FunctionPool(string FunctionName, string Pool);
