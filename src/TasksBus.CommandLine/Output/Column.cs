namespace TasksBus.Tool.Output;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head on a terminal.</param>
/// <param name="Kind">What its values are.</param>
internal readonly record struct Column(string Title, ColumnKind Kind = ColumnKind.Text);

/// <summary>What the values of a column are, and so how a terminal shows them.</summary>
internal enum ColumnKind
{
    /// <summary>Cut where the terminal is narrow.</summary>
    Text,

    /// <summary>Never cut, such as an id.</summary>
    Whole,

    /// <summary>To the right.</summary>
    Number,

    /// <summary>A timestamp, shown in whole seconds.</summary>
    Time,

    /// <summary>The status of a task or of a check, shown in its colour.</summary>
    Status,
}
