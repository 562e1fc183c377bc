namespace TasksBus.Settings;

/// <summary>On a setting whose rule no other attribute states: what its value must be, in words that follow "it must be".</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MustBeAttribute(string words) : Attribute
{
    public string Words => words;
}
