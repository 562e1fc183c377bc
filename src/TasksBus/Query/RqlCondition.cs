using TasksBus.Contracts;

namespace TasksBus.Query;

/// <summary>
/// What must hold. A negation is the exact opposite: <c>ne</c>, <c>out</c> and <c>excludes</c> also find what does not have the property at all.
/// </summary>
public abstract record RqlCondition
{
    public static RqlCondition Always { get; } = new RqlAll([]);

    public static RqlCondition Never { get; } = new RqlAny([]);
}

/// <summary>All must hold; of none, that is so.</summary>
public sealed record RqlAll(IReadOnlyList<RqlCondition> Conditions) : RqlCondition;

/// <summary>One must hold; of none, that is never so.</summary>
public sealed record RqlAny(IReadOnlyList<RqlCondition> Conditions) : RqlCondition;

public sealed record RqlNot(RqlCondition Condition) : RqlCondition;

/// <summary>
/// What is there compares as asked with one of the values. Of an array, one of its elements does; so it is with each array on a path in JSON.
/// Values of different types never match each other.
/// </summary>
public sealed record RqlMatch(RqlPath Path, RqlTest Test, IReadOnlyList<RqlValue> Values) : RqlCondition;

/// <summary>There is something, be it null in JSON.</summary>
public sealed record RqlHas(RqlPath Path) : RqlCondition;

/// <summary>An object is there for which the condition holds, itself or as an element of an array; the condition's paths begin in it.</summary>
public sealed record RqlHasElement(RqlPath Path, RqlCondition Condition) : RqlCondition;

public enum RqlTest
{
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>The text is part of it, letter by letter.</summary>
    Like,
}

/// <summary>A value of the type that it is compared as.</summary>
public abstract record RqlValue;

public sealed record RqlText(string Text) : RqlValue;

/// <param name="Digits">As JSON writes a number; at most 400 characters.</param>
public sealed record RqlNumber(string Digits) : RqlValue;

public sealed record RqlBoolean(bool Value) : RqlValue;

/// <summary>Null in JSON, or nothing there.</summary>
public sealed record RqlNull : RqlValue;

/// <param name="Ticks">Units of 100 ns since 1970 in UTC.</param>
public sealed record RqlInstant(long Ticks) : RqlValue;

public sealed record RqlId(TaskId Id) : RqlValue;
