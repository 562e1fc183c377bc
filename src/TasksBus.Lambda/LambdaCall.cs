using System.Collections.ObjectModel;

namespace TasksBus.Lambda;

/// <summary>A call of Lambda's REST API, before it is signed.</summary>
/// <param name="Method">As the API reference says.</param>
/// <param name="ResourcePath">As the API reference says, with its placeholders: <c>/2015-03-31/functions/{FunctionName}</c>.</param>
internal sealed record LambdaCall(HttpMethod Method, string ResourcePath)
{
    /// <summary>The values of the placeholders, not encoded; each becomes one segment, whatever characters it holds.</summary>
    public IReadOnlyDictionary<string, string> PathParameters { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The parameters of the query, not encoded.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>What is signed as the body; nothing for a call without one. It must not change before it is sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The path and the query, encoded as they are sent.</summary>
    public string PathAndQuery
    {
        get
        {
            var path = PathParameters.Aggregate(ResourcePath, static (path, parameter) =>
                path.Replace($"{{{parameter.Key}}}", Uri.EscapeDataString(parameter.Value), StringComparison.Ordinal));
            return Query.Count == 0
                ? path
                : $"{path}?{string.Join('&', Query.Select(static parameter => $"{Uri.EscapeDataString(parameter.Key)}={Uri.EscapeDataString(parameter.Value)}"))}";
        }
    }
}
