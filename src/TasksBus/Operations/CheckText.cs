using System.Globalization;

namespace TasksBus.Operations;

/// <summary>How checks write times and numbers.</summary>
internal static class CheckText
{
    private const long Gigabyte = 1L << 30;

    public static string Span(TimeSpan span) => span.TotalMinutes < 2 ? Text($"{span.TotalSeconds:0} s")
        : span.TotalHours < 2 ? Text($"{span.TotalMinutes:0} min")
        : Text($"{span.TotalHours:0} h");

    public static string Size(long bytes) =>
        bytes < Gigabyte ? Text($"{bytes / (1 << 20):N0} MB") : Text($"{bytes / (double)Gigabyte:N1} GB");

    public static string Number(int number) => Text($"{number:N0}");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
