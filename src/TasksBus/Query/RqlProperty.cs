namespace TasksBus.Query;

/// <summary>A property that queries can use.</summary>
/// <param name="Properties">The properties of an object.</param>
public sealed record RqlProperty(string Name, RqlKind Kind, params IReadOnlyList<RqlProperty> Properties)
{
    /// <summary>The possible values. If empty, any value of the kind is possible.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
}
