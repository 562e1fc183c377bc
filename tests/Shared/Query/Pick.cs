using CsCheck;

namespace TasksBus.Tests.Query;

/// <summary>Choices between values, and between ways to make them.</summary>
internal static class Pick
{
    public static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    public static Gen<T> From<T>(params Gen<T>[] ways) => Gen.Int[0, ways.Length - 1].SelectMany(i => ways[i]);

    public static Gen<T> Weighted<T>(params (int Weight, Gen<T> Way)[] ways)
    {
        Gen<T>[] all = [.. ways.SelectMany(static way => Enumerable.Repeat(way.Way, way.Weight))];
        return From(all);
    }
}
