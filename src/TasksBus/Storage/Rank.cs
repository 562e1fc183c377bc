namespace TasksBus.Storage;

/// <summary>A task's place in the exact order: higher priority first, then earlier start, then earlier insertion.</summary>
public readonly record struct Rank(long Priority, long StartMicroseconds, long Number) : IComparable<Rank>
{
    /// <summary>Negative when this one is more urgent.</summary>
    public int CompareTo(Rank other) =>
        Priority != other.Priority ? other.Priority.CompareTo(Priority)
        : StartMicroseconds != other.StartMicroseconds ? StartMicroseconds.CompareTo(other.StartMicroseconds)
        : Number.CompareTo(other.Number);

    /// <summary>True when the left one is more urgent.</summary>
    public static bool operator <(Rank left, Rank right) => left.CompareTo(right) < 0;

    /// <summary>True when the left one is less urgent.</summary>
    public static bool operator >(Rank left, Rank right) => left.CompareTo(right) > 0;

    /// <summary>True when the left one is more urgent, or they are the same.</summary>
    public static bool operator <=(Rank left, Rank right) => left.CompareTo(right) <= 0;

    /// <summary>True when the left one is less urgent, or they are the same.</summary>
    public static bool operator >=(Rank left, Rank right) => left.CompareTo(right) >= 0;
}
