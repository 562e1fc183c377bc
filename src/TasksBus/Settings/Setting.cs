using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace TasksBus.Settings;

/// <summary>A setting that the program reads, with everything that is known of it from the attributes of its property.</summary>
/// <param name="Name">The name as it is shown: <c>TasksBus:Pools:NAME:0</c>, where <c>NAME</c> stands for any name and <c>0</c> for any
/// number.</param>
public sealed record Setting(string Name)
{
    private const string AnyName = "NAME";
    private const string AnyNumber = "0";

    private readonly string[] _parts = Name.Split(':');

    /// <summary>The type into which its value is converted. Null when it stays a text.</summary>
    public Type? Type { get; init; }

    /// <summary>What its value must be, as a text that follows "it must be".</summary>
    public string MustBe { get; init; } = "a text";

    /// <summary>Its purpose. Null when it is another form of a described setting, or one that only .NET's host reads.</summary>
    public string? Description { get; init; }

    /// <summary>The placeholder for its value in <c>--help</c>.</summary>
    public string Value { get; init; } = "TEXT";

    /// <summary>The default for users: a value, or words.</summary>
    public string Default { get; init; } = "none";

    /// <summary>The valid values, for users. Null when all values of its type are valid.</summary>
    public string? Range { get; init; }

    /// <summary>What its number counts. Null when its name says so.</summary>
    public string? Unit { get; init; }

    /// <summary>True when all settings below it are known too, because other code checks them.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Returns true when these parts of a name name this setting, or one below it if it is open.</summary>
    public bool Is(string[] parts) =>
        (IsOpen ? parts.Length >= _parts.Length : parts.Length == _parts.Length) && Begins(parts, _parts.Length);

    /// <summary>Returns true when it is below the setting with these parts.</summary>
    public bool IsBelow(string[] parts) => parts.Length < _parts.Length && Begins(parts, parts.Length);

    /// <summary>
    /// Returns the reason why a value is not valid, or null when it has the right type. <see cref="SettingFaults"/> checks its range.
    /// </summary>
    public string? FaultOf(string path, string value)
    {
        if (Type is null || (value.Length == 0 && Nullable.GetUnderlyingType(Type) is not null))
        {
            return null;
        }

        try
        {
            TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(Type) ?? Type).ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Each converter throws its own type of exception.
            return SettingFaults.Fault(path, value, MustBe);
        }
    }

    private bool Begins(string[] parts, int count) => Enumerable.Range(0, count).All(i => _parts[i] switch
    {
        AnyName => parts[i].Length > 0,
        AnyNumber => int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out _),
        var part => part.Equals(parts[i], StringComparison.OrdinalIgnoreCase),
    });

    /// <summary>The settings of a type of options: its properties with <see cref="SettingAttribute"/>, in their order.</summary>
    public static IEnumerable<Setting> Of<TOptions>(string section)
        where TOptions : class, new() => Of(new TOptions(), section);

    /// <summary>Returns true when a property of that type is a section with settings of its own.</summary>
    internal static bool IsSection(Type type) =>
        type.IsClass && type != typeof(string) && type != typeof(Uri) && !type.IsAssignableTo(typeof(System.Collections.IEnumerable));

    private static IEnumerable<Setting> Of(object options, string section) =>
        options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .SelectMany(property => Of(property, options, $"{section}:{property.Name}"));

    private static IEnumerable<Setting> Of(PropertyInfo property, object options, string name)
    {
        var type = property.PropertyType;
        if (IsSection(type))
        {
            return Of(property.GetValue(options)!, name);
        }

        if (property.GetCustomAttribute<SettingAttribute>() is not { } declared)
        {
            return [];
        }

        var isJoined = property.GetCustomAttribute<JoinedAttribute>() is not null;
        var isOneText = type == typeof(string) || isJoined;
        var isValue = type.IsValueType || type == typeof(Uri);
        Setting setting = new(
            isOneText || isValue ? name
                : type.IsAssignableTo(typeof(IEnumerable<string>)) ? $"{name}:{AnyNumber}"
                : $"{name}:{AnyName}:{AnyNumber}")
        {
            Type = isValue ? type : null,
            MustBe = SettingRule.Of(property),
            Description = declared.Description,
            Value = declared.Value ?? ValueOf(Nullable.GetUnderlyingType(type) ?? type, property.GetValue(options)),
            Default = declared.Default ?? SettingRule.Show(property.GetValue(options)),
            Range = SettingRule.RangeOf(property),
            Unit = declared.Unit,
        };
        return isJoined ? [setting, new($"{name}:{AnyNumber}")] : [setting];
    }

    private static string ValueOf(Type type, object? value) =>
        // Somebody who writes a switch wants the other position.
        type == typeof(bool) ? value is true ? "false" : "true"
        : type == typeof(TimeSpan) ? "TIME"
        : type == typeof(Uri) ? "URL"
        : type.IsValueType ? "N"
        : "TEXT";
}
