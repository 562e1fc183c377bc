namespace TasksBus.Query;

/// <summary>A property that can be asked for.</summary>
/// <param name="Properties">Those of an object.</param>
public sealed record RqlProperty(string Name, RqlKind Kind, params IReadOnlyList<RqlProperty> Properties)
{
    /// <summary>The values that it can have; empty: any of its kind.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
}
