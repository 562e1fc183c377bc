using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace TasksBus.Server.Hosting;

/// <summary>A setting that somebody reads.</summary>
/// <param name="Name">
/// As it is shown: <c>TasksBus:Pools:NAME:0</c>, where <c>NAME</c> stands for any name and <c>0</c> for any number.
/// </param>
internal sealed record KnownSetting(string Name)
{
    private const string AnyName = "NAME";
    private const string AnyNumber = "0";

    private readonly string[] _parts = Name.Split(':');

    /// <summary>What its value is converted into; null: it stays a text.</summary>
    public Type? Type { get; init; }

    /// <summary>What its value must be.</summary>
    public string MustBe { get; init; } = "a text";

    /// <summary>Whether all below is known too: somebody else looks at it.</summary>
    public bool IsOpen { get; init; }

    public bool Is(string[] parts) =>
        (IsOpen ? parts.Length >= _parts.Length : parts.Length == _parts.Length) && Begins(parts, _parts.Length);

    /// <summary>Whether it stands below what the parts name.</summary>
    public bool IsBelow(string[] parts) => parts.Length < _parts.Length && Begins(parts, parts.Length);

    /// <summary>Why a value cannot be; null: it is of the right type. Whether it is in its range is its owner's affair.</summary>
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
            // Each converter throws what it likes. An address may hold a password.
            return value.Contains('@', StringComparison.Ordinal)
                ? $"{path} must be {MustBe}."
                : $"{path} is {(value.Length == 0 ? "empty" : value)}; it must be {MustBe}.";
        }
    }

    private bool Begins(string[] parts, int count) => Enumerable.Range(0, count).All(i => _parts[i] switch
    {
        AnyName => parts[i].Length > 0,
        AnyNumber => int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out _),
        var part => part.Equals(parts[i], StringComparison.OrdinalIgnoreCase),
    });

    /// <summary>The settings that a type of options has.</summary>
    public static IEnumerable<KnownSetting> Of(Type options, string section) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property => Of(property, $"{section}:{property.Name}"));

    private static IEnumerable<KnownSetting> Of(PropertyInfo property, string name) => property.PropertyType switch
    {
        var type when type == typeof(string) => [new(name) { MustBe = MustBeAttribute.Of(property) }],
        var type when type.IsValueType || type == typeof(Uri) => [new(name) { Type = type, MustBe = MustBeAttribute.Of(property) }],
        var type when type.IsAssignableTo(typeof(IEnumerable<string>)) => [new($"{name}:{AnyNumber}")],
        { IsGenericType: true } => [new($"{name}:{AnyName}:{AnyNumber}")],
        var type => Of(type, name),
    };
}
