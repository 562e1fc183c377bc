namespace TasksBus.Query;

/// <summary>What a property holds: how its values are read and compared.</summary>
public enum RqlKind
{
    /// <summary>What can be nowhere in JSON that a database can compare: it matches as a property that is missing everywhere.</summary>
    Missing,

    /// <summary>24 hex digits.</summary>
    Id,
    Text,

    /// <summary>A time, compared as it is shown: in whole milliseconds.</summary>
    Timestamp,

    Number,
    Boolean,
    TextArray,
    IdArray,

    /// <summary>Any JSON; what is in it has no type of its own, so a value's type is guessed.</summary>
    Json,

    /// <summary>An object with properties of its own.</summary>
    Composed,
}
