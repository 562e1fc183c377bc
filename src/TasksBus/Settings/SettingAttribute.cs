namespace TasksBus.Settings;

/// <summary>
/// On a property of options: a setting, as <c>--help</c> and the documentation describe it. Its range comes from <c>[Range]</c> and the like, or from <see cref="MustBeAttribute"/>.
/// </summary>
/// <param name="description">What it is for, without range and default.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    public string Description => description;

    /// <summary>What stands for the value in <c>--help</c>. Default: by the type, such as <c>N</c> for a number.</summary>
    public string? Value { get; init; }

    /// <summary>The default in words, where it is no value that can be shown.</summary>
    public string? Default { get; init; }

    /// <summary>What a number counts, where its name does not say so.</summary>
    public string? Unit { get; init; }
}
