namespace TasksBus.Query;

/// <summary>The type of a property, which decides how its values are read and compared.</summary>
public enum RqlKind
{
    /// <summary>
    /// A value that cannot exist in JSON that a database can compare. It matches like a property that is missing everywhere.
    /// </summary>
    Missing,

    /// <summary>24 hex digits.</summary>
    Id,

    /// <summary>A text, which is compared character by character.</summary>
    Text,

    /// <summary>A time. It is compared as it is shown: in whole milliseconds.</summary>
    Timestamp,

    /// <summary>A number, whole or not.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>An array of texts.</summary>
    TextArray,

    /// <summary>An array of ids.</summary>
    IdArray,

    /// <summary>Any JSON. The values in it have no declared type, so the type of a query's value is guessed.</summary>
    Json,

    /// <summary>An object with properties of its own.</summary>
    Composed,
}
