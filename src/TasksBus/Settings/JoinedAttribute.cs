namespace TasksBus.Settings;

/// <summary>On a list of texts: its setting may also be one text, in which commas separate them.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JoinedAttribute : Attribute;
