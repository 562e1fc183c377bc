using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace TasksBus.Settings;

/// <summary>
/// Checks options by their attributes. .NET's own <c>ValidateDataAnnotations</c> does the same, but gives neither a setting's full name nor
/// its value.
/// </summary>
public static class SettingFaults
{
    /// <summary>The faults of options, each with how to fix it. Empty when there are none.</summary>
    /// <param name="options">The options. A property that a validation attribute refuses is described by its <see cref="MustBeAttribute"/>
    /// or range. Rules for several properties are checked by the options themselves, as an <see cref="IValidatableObject"/>.</param>
    /// <param name="section">The section of the options in the configuration.</param>
    public static IEnumerable<string> Of(object options, string section)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = property.GetValue(options);
            if (value is not null && Setting.IsSection(property.PropertyType))
            {
                foreach (var fault in Of(value, $"{section}:{property.Name}"))
                {
                    yield return fault;
                }
            }
            else if (property.GetCustomAttributes<ValidationAttribute>().Any(rule => !rule.IsValid(value)))
            {
                yield return Fault(property, section, value);
            }
        }

        foreach (var result in options is IValidatableObject more ? more.Validate(new(options)) : [])
        {
            yield return result.ErrorMessage!;
        }
    }

    /// <summary>Says that a value is not what its setting must be.</summary>
    /// <typeparam name="TOptions">The options that have the setting.</typeparam>
    public static ValidationResult Fault<TOptions>(string section, string name, object? value) =>
        new(Fault(typeof(TOptions).GetProperty(name)!, section, value), [name]);

    private static string Fault(PropertyInfo property, string section, object? value) =>
        Fault($"{section}:{property.Name}", SettingRule.Show(value ?? ""), SettingRule.Of(property));

    /// <param name="value">The value. It is shown unless it may contain a password, as an address may.</param>
    internal static string Fault(string path, string value, string mustBe) => value.Contains('@', StringComparison.Ordinal)
        ? $"{path} must be {mustBe}."
        : $"{path} is {(value.Length == 0 ? "empty" : value)}; it must be {mustBe}.";
}
