namespace TasksBus.Storage.Model;

/// <summary>Says which pool's workers run a function, whether it is managed here or not.</summary>
internal sealed class FunctionPoolRow
{
    /// <summary>
    /// A bare name covers every way of naming that function. Any other name, such as an ARN, covers only itself and takes precedence.
    /// </summary>
    public string FunctionName { get; set; } = "";
    public string Pool { get; set; } = "";
}
