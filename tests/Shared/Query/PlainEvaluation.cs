using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TasksBus.Tests.Query;

/// <summary>
/// What queries mean, in plain C# over the JSON form of a task. It shares nothing with the parser, the schema and the SQL of the product.
/// </summary>
internal static class PlainEvaluation
{
    /// <summary>The values at a path. An array on the path stands for its element at a position, and for the objects in it.</summary>
    public static IEnumerable<JsonElement> At(JsonElement value, params string[] path)
    {
        if (path.Length == 0)
        {
            return [value];
        }

        var (first, rest) = (path[0], path[1..]);
        return value.ValueKind switch
        {
            JsonValueKind.Object => value.TryGetProperty(first, out var inside) ? At(inside, rest) : [],
            JsonValueKind.Array => (IsIndex(first, value, out var index) ? At(value[index], rest) : [])
                .Concat(value.EnumerateArray().Where(static one => one.ValueKind == JsonValueKind.Object).SelectMany(one => At(one, path))),
            _ => [],
        };
    }

    /// <summary>Whether one of the values at a path, or one of the elements of an array there, passes the test.</summary>
    public static bool Compares(JsonElement value, string[] path, string test, params object?[] with)
    {
        var found = At(value, path).ToArray();
        var elements = found.Where(static one => one.ValueKind == JsonValueKind.Array).SelectMany(static one => one.EnumerateArray());
        var each = found.Concat(elements).ToArray();
        var isNull = found.Length == 0 || each.Any(static one => one.ValueKind == JsonValueKind.Null);
        return with.Any(other => other is null ? test is "eq" or "le" or "ge" && isNull
            : test == "like" ? each.Any(one =>
                one.ValueKind == JsonValueKind.String && one.GetString()!.Contains((string)other, StringComparison.Ordinal))
            : each.Any(one => Compare(one, other) is { } order && (test switch
            {
                "eq" => order == 0,
                "lt" => order < 0,
                "le" => order <= 0,
                "gt" => order > 0,
                _ => order >= 0,
            })));
    }

    /// <summary>The objects at a path, alone or in an array there.</summary>
    public static IEnumerable<JsonElement> Objects(JsonElement value, string[] path) => At(value, path)
        .SelectMany(static one => one.ValueKind == JsonValueKind.Array ? one.EnumerateArray().ToArray() : [one])
        .Where(static one => one.ValueKind == JsonValueKind.Object);

    /// <summary>The order in which a property sorts.</summary>
    public static int Order(JsonElement left, JsonElement right, string[] path, bool isDescending)
    {
        var (one, other) = (ToSort(left, path, isDescending), ToSort(right, path, isDescending));
        var order = Rank(one).CompareTo(Rank(other));
        order = order != 0 ? order : Rank(one) is 1 or 2 or 5 ? Compare(one!.Value, Plain(other!.Value))!.Value : 0;
        return isDescending ? -order : order;
    }

    private static JsonElement? ToSort(JsonElement task, string[] path, bool isDescending)
    {
        JsonElement? value = task;
        foreach (var segment in path)
        {
            value = value is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(segment, out var inside) ? inside
                : value is { ValueKind: JsonValueKind.Array } array && IsIndex(segment, array, out var index) ? array[index]
                : null;
        }

        if (path is ["tags" or "retryForTaskIds"] && value is { } tags)
        {
            var order = Comparer<JsonElement>.Create(static (one, other) => Compare(one, other.GetString()!)!.Value);
            var ordered = tags.EnumerateArray().OrderBy(static tag => tag, order).Cast<JsonElement?>();
            return isDescending ? ordered.LastOrDefault() : ordered.FirstOrDefault();
        }

        return value;
    }

    /// <summary>A segment of a path is the index of an element, written as numbers are.</summary>
    private static bool IsIndex(string segment, JsonElement array, out int index) =>
        int.TryParse(segment, NumberStyles.None, null, out index) && segment == $"{index}" && index < array.GetArrayLength();

    private static int Rank(JsonElement? value) => value?.ValueKind switch
    {
        JsonValueKind.Number => 1,
        JsonValueKind.String => 2,
        JsonValueKind.Object => 3,
        JsonValueKind.Array => 4,
        JsonValueKind.True or JsonValueKind.False => 5,
        _ => 0,
    };

    private static object Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDecimal(),
        JsonValueKind.String => value.GetString()!,
        _ => value.GetBoolean(),
    };

    /// <summary>Null when they are of different types.</summary>
    private static int? Compare(JsonElement one, object other) => (one.ValueKind, other) switch
    {
        (JsonValueKind.Number, decimal number) => one.GetDecimal().CompareTo(number),
        (JsonValueKind.String, string text) =>
            Encoding.UTF8.GetBytes(one.GetString()!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(text)),
        (JsonValueKind.String, DateTimeOffset time) => DateTimeOffset.Parse(one.GetString()!, CultureInfo.InvariantCulture).CompareTo(time),
        (JsonValueKind.True or JsonValueKind.False, bool yes) => one.GetBoolean().CompareTo(yes),
        _ => null,
    };
}
