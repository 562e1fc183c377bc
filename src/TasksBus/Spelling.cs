namespace TasksBus;

/// <summary>Finds the name that a misspelt one was meant to be.</summary>
public static class Spelling
{
    private const int Longest = 100;

    /// <summary>
    /// The nearest of some names, ignoring case. Null when none is near. A known name is near if its distance is at most a third of its own
    /// length, or at most three and no more than half of its length.
    /// </summary>
    public static string? Nearest(string name, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(names);
        return name.Length > Longest ? null
            : names.Select(known => (Known: known, Distance: Distance(name.ToUpperInvariant(), known.ToUpperInvariant())))
                .Where(each => each.Distance <= Math.Max(Math.Min(3, each.Known.Length / 2), each.Known.Length / 3))
                .OrderBy(static each => each.Distance).FirstOrDefault().Known;
    }

    /// <summary>Returns " Did you mean X?", or an empty text.</summary>
    public static string Advice(string name, IEnumerable<string> names) =>
        Nearest(name, names) is { } nearest ? $" Did you mean {nearest}?" : "";

    /// <summary>The edit distance: how many letters must be inserted, deleted, replaced, or exchanged with the next one.</summary>
    public static int Distance(string one, string other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        var (before, last, row) = (new int[other.Length + 1], new int[other.Length + 1], new int[other.Length + 1]);
        for (var j = 0; j <= other.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last, row) = (last, row, before);
        }

        return last[other.Length];
    }
}
