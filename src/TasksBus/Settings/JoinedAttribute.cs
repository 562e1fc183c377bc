namespace TasksBus.Settings;

/// <summary>Marks a list of texts whose setting may also be one text, in which commas separate them.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JoinedAttribute : Attribute;
