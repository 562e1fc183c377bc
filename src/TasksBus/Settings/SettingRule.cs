using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace TasksBus.Settings;

/// <summary>What the value of a setting must be, by the attributes of its property or else by its type.</summary>
internal static class SettingRule
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>The rule as a text that follows "it must be".</summary>
    public static string Of(PropertyInfo setting)
    {
        var type = Nullable.GetUnderlyingType(setting.PropertyType);
        var words = RangeOf(setting) ?? OfType(type ?? setting.PropertyType);
        return type is not null && setting.GetCustomAttribute<RangeAttribute>() is not null
            ? $"{words}, or left out ({setting.GetCustomAttribute<SettingAttribute>()?.Default})" : words;
    }

    /// <summary>Null when all values of the type are valid.</summary>
    public static string? RangeOf(PropertyInfo setting) =>
        setting.GetCustomAttribute<MustBeAttribute>()?.Words
        ?? (setting.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed ? string.Join(" or ", allowed.Values)
        : setting.GetCustomAttribute<RangeAttribute>() is { } range ? OfRange(range, setting.GetCustomAttribute<SettingAttribute>()?.Unit)
        : null);

    /// <summary>A value as it is written in settings.</summary>
    public static string Show(object? value) => value switch
    {
        null or IReadOnlyCollection<string> { Count: 0 } => "none",
        bool isSet => isSet ? "true" : "false",
        string text => text,
        TimeSpan time => Show(time),
        IEnumerable<string> texts => string.Join(',', texts),
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    private static string OfType(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time, such as 00:00:30"
        : type == typeof(Uri) ? "an address, such as http://localhost:8080"
        : type == typeof(string) || type.IsAssignableTo(typeof(IEnumerable<string>)) ? "a text"
        : "a number";

    private static string OfRange(RangeAttribute range, string? unit)
    {
        if (range.OperandType == typeof(TimeSpan))
        {
            var (least, most) = (Time(range.Minimum), Time(range.Maximum));
            return range.MinimumIsExclusive
                ? $"a time above {Show(least)}, at most {Explain(most)}" : $"a time from {Explain(least)} to {Explain(most)}";
        }

        return $"a whole number from {Show(range.Minimum)} to {Show(range.Maximum)}{(unit is null ? "" : $", in {unit}")}";
    }

    // Until its first use, a limit is the text of the attribute.
    private static TimeSpan Time(object limit) =>
        limit is TimeSpan time ? time : TimeSpan.Parse((string)limit, CultureInfo.InvariantCulture);

    private static string Show(TimeSpan time) =>
        time.Milliseconds == 0 ? time.ToString("c") : time.ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture);

    /// <summary>The two values whose digits are easily misread get an explanation.</summary>
    private static string Explain(TimeSpan time) => $"{Show(time)}{(time == s_day ? " (a day)" : time == s_hour ? " (an hour)" : "")}";
}
