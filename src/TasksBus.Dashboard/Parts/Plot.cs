using System.Globalization;
using System.Text;

namespace TasksBus.Dashboard.Parts;

/// <summary>Where the parts of a plot are, in the units of its drawing.</summary>
internal static class Plot
{
    public const int Width = 480;
    public const int Height = 190;
    public const int Left = 56;
    public const int Right = 8;
    public const int Top = 10;
    public const int Bottom = 26;

    /// <summary>The times between which a scale of times is drawn, in seconds. What is shorter or longer is drawn at its ends.</summary>
    private const double Shortest = 0.001;
    private const double Longest = 3600;

    private static readonly (double Seconds, string Label)[] s_times =
        [(0.001, "1 ms"), (0.01, "10 ms"), (0.1, "100 ms"), (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h")];

    private static int Inside => Height - Top - Bottom;

    /// <summary>The labels of a scale of times, each with its height.</summary>
    public static IEnumerable<(double Y, string Label)> Times => s_times.Select(static each => (YOf(each.Seconds), each.Label));

    /// <summary>The labels of a scale of counts: nothing, half and all of a round number.</summary>
    public static IEnumerable<(double Y, string Label)> Counts(long most) =>
        (most % 2 == 0 ? new[] { 0, most / 2, most } : [0, most]).Select(count => (YOf(count, most), Words.Count(count)));

    /// <summary>The least round number that is not below.</summary>
    public static long Round(long most)
    {
        for (long power = 1; ; power *= 10)
        {
            foreach (var factor in new[] { 1, 2, 5 })
            {
                if (factor * power >= most)
                {
                    return factor * power;
                }
            }
        }
    }

    /// <summary>The left edge of a step.</summary>
    public static double XOf(int step, int steps) => Left + (double)(Width - Left - Right) * step / steps;

    /// <summary>The height of a count.</summary>
    public static double YOf(long count, long most) => Top + Inside * (1 - (double)count / most);

    /// <summary>The height of a time, on a scale on which ten times as long is always as much higher.</summary>
    public static double YOf(double seconds) =>
        Top + Inside * (1 - Math.Log(Math.Clamp(seconds, Shortest, Longest) / Shortest) / Math.Log(Longest / Shortest));

    /// <summary>A line through the middles of the steps. It is broken where there is no value.</summary>
    public static string Line(IReadOnlyList<double?> heights)
    {
        StringBuilder path = new();
        var isDown = false;
        for (var i = 0; i < heights.Count; i++)
        {
            if (heights[i] is not { } y)
            {
                isDown = false;
                continue;
            }

            var x = (XOf(i, heights.Count) + XOf(i + 1, heights.Count)) / 2;
            // A value alone is a dot: a line of no length with round ends.
            path.Append(isDown ? $"L{Text(x)} {Text(y)}" : $"M{Text(x)} {Text(y)}l0 0");
            isDown = true;
        }

        return path.ToString();
    }

    /// <summary>A number as SVG takes it.</summary>
    public static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
