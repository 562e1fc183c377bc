using System.Globalization;
using CsCheck;

namespace TasksBus.Tests.Query;

/// <summary>Texts that look like queries, more or less.</summary>
internal static class Fuzzing
{
    /// <summary>
    /// How many seconds each test of random input runs, from TASKSBUS_FUZZ_SECONDS. Without it -1: the test makes as many rounds as
    /// it says itself, which takes seconds.
    /// </summary>
    public static int Seconds { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("TASKSBUS_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : -1;

    private static readonly string[] s_words =
    [
        "eq", "ne", "lt", "le", "gt", "ge", "in", "out", "like", "contains", "excludes", "and", "or", "select", "sort", "limit",
        "skipCount", "skip_count", "EQ", "",
        "id", "status", "data", "data.a", "data.list.0.a", "data..", "tags", "tags.0", "tags.999999999", "tags.9999999999",
        "error", "error.type", "priority", "startTimestamp", "retryForTaskIds", "nothing", ".",
        "new", "1", "-1", "0", "1e999", "number:1e999", "number:x", "string:", "date:2021-01-01", "epoch:0", "epoch:99999999999999999",
        "boolean:1", "null", "true", "99999999999999999999", "1.5", "NaN", "::uuid",
        "2021-09-29T15:17:07.051Z", "0001-01-01", "9999-12-31T23:59:59.9999999Z", "507f1f77bcf86cd799439011",
        "$1", "?1", "@p", "{0}", "'", "\"", "\\", "%", "%25", "%2527", "%00", "%2500", "%ED%A0%80", "%25ED%25A0%2580", "\uFFFF",
        "🙂", "--", ";", "/*", "[]", "{}", "$[0]",
    ];

    private static readonly Gen<string> s_piece = Pick.Weighted(
        (6, Pick.One(s_words)),
        (3, Pick.One("(", ")", ",", "&", "=", ">=", "<", "!=", ":", "=eq=")),
        (1, Gen.String[0, 5]));

    private static readonly Gen<string> s_call = Gen.Recursive<string>((depth, inside) => Gen.Select(
        Pick.One(s_words[..20]), Pick.From(Pick.One(s_words), depth > 3 ? Pick.One(s_words) : inside).Array[0, 4],
        static (name, arguments) => $"{name}({string.Join(',', arguments)})"));

    public static Gen<string> Texts { get; } = Pick.From(
        s_piece.Array[0, 12].Select(string.Concat),
        s_call.Array[1, 3].Select(static calls => string.Join('&', calls)));
}
