namespace TasksBus.Settings;

/// <summary>
/// Makes a property of options a setting that <c>--help</c> and the documentation describe. Its range comes from <c>[Range]</c> and similar
/// attributes, or from <see cref="MustBeAttribute"/>.
/// </summary>
/// <param name="description">Its purpose, without range and default.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    /// <summary>The setting's purpose, without range and default.</summary>
    public string Description => description;

    /// <summary>
    /// The placeholder for the value in <c>--help</c>. By default it follows from the type, such as <c>N</c> for a number.
    /// </summary>
    public string? Value { get; init; }

    /// <summary>The default in words, when it cannot be shown as a value.</summary>
    public string? Default { get; init; }

    /// <summary>What a number counts, when its name does not say so.</summary>
    public string? Unit { get; init; }
}
