namespace TasksBus.Settings;

/// <summary>
/// Says what the value of a setting must be, as a text that follows "it must be". It is for rules that no other attribute states.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MustBeAttribute(string words) : Attribute
{
    /// <summary>The text that follows "it must be".</summary>
    public string Words => words;
}
