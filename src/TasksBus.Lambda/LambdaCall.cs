using System.Collections.ObjectModel;

namespace TasksBus.Lambda;

/// <summary>A call of Lambda's REST API, before it is signed.</summary>
/// <param name="Method">The method, from the API reference.</param>
/// <param name="ResourcePath">The path with its placeholders, from the API reference: <c>/2015-03-31/functions/{FunctionName}</c>.</param>
internal sealed record LambdaCall(HttpMethod Method, string ResourcePath)
{
    /// <summary>The values of the placeholders, not encoded. Each becomes one segment, whatever characters it contains.</summary>
    public IReadOnlyDictionary<string, string> PathParameters { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The parameters of the query, not encoded.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The body that is signed, empty for a call without a body. It must not change before it is sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The path and the query, encoded as they are sent.</summary>
    public string PathAndQuery
    {
        get
        {
            var path = PathParameters.Aggregate(ResourcePath, static (path, parameter) =>
                path.Replace($"{{{parameter.Key}}}", Uri.EscapeDataString(parameter.Value), StringComparison.Ordinal));
            var query = string.Join('&', Query.Select(
                static parameter => $"{Uri.EscapeDataString(parameter.Key)}={Uri.EscapeDataString(parameter.Value)}"));
            return Query.Count == 0 ? path : $"{path}?{query}";
        }
    }
}
