using System.Globalization;
using System.Reflection;

namespace TasksBus;

/// <summary>On a setting: what its value must be, in words that follow "it must be".</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MustBeAttribute(string words) : Attribute
{
    public string Words => words;

    /// <summary>What the value of a setting must be, by its attribute or else by its type.</summary>
    public static string Of(PropertyInfo setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var type = Nullable.GetUnderlyingType(setting.PropertyType) ?? setting.PropertyType;
        return setting.GetCustomAttribute<MustBeAttribute>()?.Words
            ?? (type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a time, such as 00:00:30"
            : type == typeof(Uri) ? "an address, such as http://localhost:8080"
            : type == typeof(string) ? "a text"
            : "a number");
    }

    /// <summary>Says that a value is not what its setting's attribute asks for.</summary>
    /// <typeparam name="TOptions">Has the setting.</typeparam>
    /// <param name="section">Where the settings of the type stand.</param>
    public static string Fault<TOptions>(string section, string name, object value) =>
        string.Create(CultureInfo.InvariantCulture, $"{section}:{name} is {value}; it must be {Of(typeof(TOptions).GetProperty(name)!)}.");
}
