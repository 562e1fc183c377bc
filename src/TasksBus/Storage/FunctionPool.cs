namespace TasksBus.Storage;

/// <summary>Says which pool's workers run a function, whether it is managed here or not.</summary>
/// <param name="FunctionName">A bare name covers every way of naming that function. Any other name, such as an ARN, covers only itself and
/// takes precedence.</param>
public sealed record FunctionPool(string FunctionName, string Pool);
