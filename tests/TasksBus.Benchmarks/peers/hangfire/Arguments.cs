using System.Globalization;

namespace TasksBus.Benchmarks.Hangfire;

/// <summary>The command line that every peer shares.</summary>
internal sealed record Arguments(Uri Connection, string Load, int Jobs, int Producers)
{
    private const string Usage =
        "Usage: TasksBus.Benchmarks.Hangfire --connection postgres://USER:PASSWORD@HOST:PORT/DATABASE --load one-by-one|bulk|drain|latency "
            + "[--jobs 20000] [--producers 32]";

    /// <summary>Null when something is missing or wrong; standard error says what.</summary>
    public static Arguments? Parse(string[] args)
    {
        Dictionary<string, string> given = [];
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            given[args[i]] = args[i + 1];
        }

        if (args.Length % 2 == 0
            && given.Keys.All(static name => name is "--connection" or "--load" or "--jobs" or "--producers")
            && Uri.TryCreate(given.GetValueOrDefault("--connection"), UriKind.Absolute, out var connection)
            && given.GetValueOrDefault("--load") is "one-by-one" or "bulk" or "drain" or "latency"
            && TryCount(given.GetValueOrDefault("--jobs", "20000"), out var jobs)
            && TryCount(given.GetValueOrDefault("--producers", "32"), out var producers))
        {
            return new(connection, given["--load"], jobs, producers);
        }

        Console.Error.WriteLine(Usage);
        return null;
    }

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
}
