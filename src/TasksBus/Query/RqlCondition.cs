using TasksBus.Contracts;

namespace TasksBus.Query;

/// <summary>
/// A condition. A negation is the exact opposite, so <c>ne</c>, <c>out</c> and <c>excludes</c> also match when the property is missing.
/// </summary>
public abstract record RqlCondition
{
    /// <summary>Holds for everything.</summary>
    public static RqlCondition Always { get; } = new RqlAll([]);

    /// <summary>Holds for nothing.</summary>
    public static RqlCondition Never { get; } = new RqlAny([]);
}

/// <summary>All conditions must hold. An empty list always holds.</summary>
public sealed record RqlAll(IReadOnlyList<RqlCondition> Conditions) : RqlCondition;

/// <summary>One condition must hold. An empty list never holds.</summary>
public sealed record RqlAny(IReadOnlyList<RqlCondition> Conditions) : RqlCondition;

/// <summary>The condition must not hold.</summary>
public sealed record RqlNot(RqlCondition Condition) : RqlCondition;

/// <summary>
/// The value at the path compares, as the test asks, with one of the values. For an array it is enough that one of its elements does, and
/// likewise for each array on a path in JSON. Values of different types never match each other.
/// </summary>
public sealed record RqlMatch(RqlPath Path, RqlTest Test, IReadOnlyList<RqlValue> Values) : RqlCondition;

/// <summary>The value exists, even as a JSON null.</summary>
public sealed record RqlHas(RqlPath Path) : RqlCondition;

/// <summary>
/// An object exists for which the condition holds, directly or as an element of an array. The condition's paths begin in that object.
/// </summary>
public sealed record RqlHasElement(RqlPath Path, RqlCondition Condition) : RqlCondition;

/// <summary>How a value is compared.</summary>
public enum RqlTest
{
    /// <summary>The values are equal.</summary>
    Equal,

    /// <summary>The value at the path is less.</summary>
    Less,

    /// <summary>The value at the path is less or equal.</summary>
    LessOrEqual,

    /// <summary>The value at the path is greater.</summary>
    Greater,

    /// <summary>The value at the path is greater or equal.</summary>
    GreaterOrEqual,

    /// <summary>The text at the path contains the given text, character by character.</summary>
    Like,
}

/// <summary>A value, of the type with which it is compared.</summary>
public abstract record RqlValue;

/// <summary>A text, which is compared character by character.</summary>
public sealed record RqlText(string Text) : RqlValue;

/// <param name="Digits">The number as JSON writes it, at most 400 characters.</param>
public sealed record RqlNumber(string Digits) : RqlValue;

/// <summary>True or false.</summary>
public sealed record RqlBoolean(bool Value) : RqlValue;

/// <summary>A JSON null, or a missing value.</summary>
public sealed record RqlNull : RqlValue;

/// <param name="Ticks">Units of 100 ns since 1970 in UTC.</param>
public sealed record RqlInstant(long Ticks) : RqlValue;

/// <summary>An id of 24 hex digits.</summary>
public sealed record RqlId(TaskId Id) : RqlValue;
