namespace TasksBus.Storage.Model;

/// <summary>Which pool's workers run a function, managed here or not.</summary>
public sealed class FunctionPoolRow
{
    /// <summary>A bare name, for each way of naming that function; or just one of these, such as an ARN, which goes before.</summary>
    public string FunctionName { get; set; } = "";
    public string Pool { get; set; } = "";
}
