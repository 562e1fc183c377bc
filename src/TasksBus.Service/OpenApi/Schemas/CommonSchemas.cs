using System.ComponentModel;

namespace TasksBus.Service.OpenApi.Schemas;

// The shapes of bodies, for the document alone. The server reads and writes bodies field by field, because data passes unchanged, so
// nothing fills these types. End-to-end tests compare the answers with them.

[Description("Why a call was refused.")]
internal sealed record ErrorSchema
{
    [Description("Stable.")]
    public required int Code { get; init; }

    [Description("Stable.")]
    public required string Name { get; init; }

    [Description("What was wrong and how to mend it, for people.")]
    public required string Message { get; init; }
}

[Description("24 hex digits.")]
[Keywords("""{"type":"string","pattern":"^[0-9a-f]{24}$","examples":["507f1f77bcf86cd799439011"]}""")]
internal readonly struct IdSchema;

[Description("ISO 8601 in UTC with milliseconds.")]
[Keywords("""{"type":"string","format":"date-time","examples":["2021-09-29T15:17:07.051Z"]}""")]
internal readonly struct TimestampSchema;

[Description("The higher runs first.")]
[Keywords("""{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991}""")]
internal readonly struct PrioritySchema;

[Keywords("""{"type":"string","maxLength":256}""")]
internal readonly struct TagSchema;

[Keywords("""{"type":"string","const":"live"}""")]
internal readonly struct LiveSchema;

[Keywords("""{"examples":[{"affectedRecords":1}]}""")]
internal sealed record AffectedSchema
{
    [Keywords("""{"const":1}""")]
    public required int AffectedRecords { get; init; }
}

internal sealed record PageSchema
{
    [Description("How many match in all.")]
    public required CountSchema Total { get; init; }

    public required CountSchema Offset { get; init; }

    public required CountSchema Limit { get; init; }
}

[Keywords("""{"type":"integer","minimum":0}""")]
internal readonly struct CountSchema;
