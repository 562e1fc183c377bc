using Spectre.Console.Rendering;

namespace TasksBus.Tool.Output;

/// <summary>Fits the values of a table into the width of a terminal.</summary>
internal static class TableLayout
{
    /// <summary>The cells between two columns.</summary>
    public const int Gap = 2;

    /// <summary>A column of text gets no narrower.</summary>
    private const int Narrowest = 8;

    /// <summary>
    /// The widths of the columns that fit, from the left. The widest column of text gives way first. Where that is not enough, columns at
    /// the right are left out; the first one always stays.
    /// </summary>
    public static int[] Fit(IReadOnlyList<Column> columns, IReadOnlyList<string[]> rows, int width)
    {
        var widths = columns.Select((column, i) => rows.Select(row => CellsOf(row[i])).Append(column.Title.Length).Max()).ToList();
        for (; ; )
        {
            var over = widths.Sum() + Gap * (widths.Count - 1) - width;
            if (over <= 0 || widths.Count == 1)
            {
                return [.. widths];
            }

            var widest = Enumerable.Range(0, widths.Count).Where(i => columns[i].Kind == ColumnKind.Text && widths[i] > Narrowest)
                .OrderByDescending(i => widths[i]).Cast<int?>().FirstOrDefault();
            if (widest is not { } wide)
            {
                widths.RemoveAt(widths.Count - 1);
                continue;
            }

            // Down to the next widest, so that columns of equal width shrink together.
            var next = widths.Where((other, i) => i != wide && columns[i].Kind == ColumnKind.Text && other < widths[wide])
                .DefaultIfEmpty(Narrowest).Max();
            widths[wide] = Math.Max(widths[wide] - over, Math.Max(Math.Min(next, widths[wide] - 1), Narrowest));
        }
    }

    /// <summary>The text, cut to so many cells of a terminal.</summary>
    public static string Cut(string text, int cells)
    {
        if (CellsOf(text) <= cells)
        {
            return text;
        }

        var kept = 0;
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var more = CellsOf(rune.ToString());
            if (kept + more > cells - 1)
            {
                break;
            }

            kept += more;
            end += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, end), "…");
    }

    private static int CellsOf(string text) => new Segment(text).CellCount();
}
