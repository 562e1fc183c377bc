using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>A log as Lambda writes it, by lines. A line that carries no time of its own has that of the line before it.</summary>
internal static class TaskLogLines
{
    public static IEnumerable<(string Message, DateTimeOffset Timestamp)> Read(TaskLog log)
    {
        var lines = log.Text.Split('\n').Select(static line => line.TrimEnd('\r')).Where(static line => line.Length > 0).ToArray();
        // The first lines have no time (START): they take that of the first line that has one.
        var time = lines.Select(TimeOf).FirstOrDefault(static found => found is not null) ?? log.ReceivedAt;
        foreach (var line in lines)
        {
            time = TimeOf(line) ?? time;
            yield return (line, time);
        }
    }

    private static DateTimeOffset? TimeOf(string line)
    {
        var tab = line.IndexOf('\t', StringComparison.Ordinal);
        return tab is > 0 and <= 40 && UtcTimestampConverter.TryParse(line[..tab], out var time) ? time : null;
    }
}
