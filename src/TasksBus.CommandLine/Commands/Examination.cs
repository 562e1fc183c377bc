using System.Globalization;
using System.Net;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Tool.Connecting;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary>The checks of <c>doctor</c>: those on the way to the server, and then the server's own.</summary>
internal sealed class Examination(Session session)
{
    /// <summary>Start times that are computed here are off by the difference of the clocks.</summary>
    private static readonly TimeSpan s_noticedSkew = TimeSpan.FromSeconds(2);

    /// <summary>A clock is read within milliseconds, which are no difference.</summary>
    private static readonly TimeSpan s_reading = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_badSkew = TimeSpan.FromMinutes(1);

    private readonly List<Finding> _found = [];

    /// <returns>What was found. It ends with the first check that the others need.</returns>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var connection = session.Connection;
        _found.Add(new(
            "server", Finding.Ok,
            $"{connection.Address}, {(connection.Profile is { } profile ? $"from the profile '{profile}'" : "without a profile")}, "
                + $"{(connection.Key is null ? "without a key" : "with a key")}"));
        if (connection.SendsKeyInTheOpen)
        {
            _found.Add(new(
                "encryption", Finding.Warning, $"The key goes to {connection.Address.Host} over http, where others can read it.",
                "Use https, or a proxy that encrypts."));
        }

        if (await IsReachedAsync(cancellationToken) && await AuthenticateAsync(cancellationToken) is { } status)
        {
            _found.Add(VersionsOf(status));
            await AskServerAsync(cancellationToken);
        }

        return _found;
    }

    private async Task<bool> IsReachedAsync(CancellationToken cancellationToken)
    {
        try
        {
            var live = await session.Calls.TryAsync(HttpMethod.Get, "health/live", null, cancellationToken);
            if (live.Status != HttpStatusCode.OK)
            {
                _found.Add(new(
                    "connection", Finding.Failed, $"{session.Calls.Address}health/live answered {(int)live.Status}.",
                    "Look whether the address is that of a TasksBus server, and what stands before it."));
                return false;
            }

            _found.Add(new("connection", Finding.Ok, Took(live)));
            var ready = await session.Calls.TryAsync(HttpMethod.Get, "health/ready", null, cancellationToken);
            _found.Add(ready.Status == HttpStatusCode.OK ? new("readiness", Finding.Ok, "The server can do its work.")
                : new(
                    "readiness", Finding.Failed, $"The server cannot do its work: {ready.Text.Trim()}",
                    "Look at its log. The page on outages says what it does meanwhile."));
            return true;
        }
        catch (ToolException exception)
        {
            _found.Add(new(
                "connection", Finding.Failed, exception.Message, "Start the server, or correct the address, the name or the certificate."));
            return false;
        }
    }

    /// <returns>The status of the system. Null when the server does not give it.</returns>
    private async Task<JsonElement?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        var answer = await session.Calls.TryAsync(HttpMethod.Get, "tasks/v1/status", null, cancellationToken);
        if (answer.Status == HttpStatusCode.OK && answer.TryRead() is { } status)
        {
            _found.Add(new("authentication", Finding.Ok, "The server lets this caller read the status of the system."));
            _found.Add(ClocksOf(status, answer));
            return status;
        }

        var refusal = session.Calls.Refused(answer);
        var code = (int)(answer.TryRead()?.NumberAt("code") ?? 0);
        _found.Add(code == ErrorCode.NoPermission.Code
            ? new(
                "authentication", Finding.Warning, refusal.Message,
                "Everything within the server is left out. Use a key with the permission VIEW_SYSTEM_STATUS.")
            : new(
                refusal.Code == ExitCode.NotAllowed ? "authentication" : "status", Finding.Failed, refusal.Message,
                refusal.Code switch
                {
                    ExitCode.NotAllowed => "See 'tasksbus keys' and 'tasksbus profile --help'.",
                    ExitCode.Unreachable => "Repair what the readiness above names. Another api may answer meanwhile: --server ADDRESS.",
                    _ => "Look at the server's log.",
                }));
        return null;
    }

    /// <summary>Compares this machine's clock with the server's, which was read somewhere between the request and its answer.</summary>
    private static Finding ClocksOf(JsonElement status, ServerAnswer answer)
    {
        if (status.TimeAt("timestamp") is not { } there)
        {
            return new("clocks", Finding.Warning, "The server does not tell its time.", "Upgrade the server.");
        }

        var skew = there < answer.SentAt ? there - answer.SentAt : there > answer.ReceivedAt ? there - answer.ReceivedAt : TimeSpan.Zero;
        var text = skew.Duration() < s_reading ? "This machine's clock agrees with the server's."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"This clock is {skew.Duration().TotalSeconds:0.0} s {(skew > TimeSpan.Zero ? "behind" : "ahead of")} that of the server.");
        return skew.Duration() <= s_noticedSkew ? new("clocks", Finding.Ok, text)
            : new(
                "clocks", skew.Duration() > s_badSkew ? Finding.Failed : Finding.Warning, text,
                "Start times that are computed here, such as by --at 10m, are off by that. Set the clock right by NTP, here or at the "
                    + "server's database.");
    }

    private static Finding VersionsOf(JsonElement status)
    {
        string[] versions =
        [
            .. status.ItemsAt("workers").Select(static worker => Short(worker.TextAt("version")))
                .Where(static version => version.Length > 0).Distinct().Order(StringComparer.Ordinal),
        ];
        return versions.Length > 1
            ? new(
                "versions", Finding.Warning, $"The workers have different versions: {string.Join(", ", versions)}.",
                "That is right during a rolling upgrade. Otherwise replace the older workers.")
            : new(
                "versions", Finding.Ok,
                $"This program is {ServerCalls.Version}{(versions is [var version] ? $", the workers are {version}" : "")}.");
    }

    /// <summary>Workers have the version of their assembly, with a fourth number that packages do not have.</summary>
    private static string Short(string? version) => version is null ? "" : string.Join('.', version.Split('.').Take(3));

    /// <summary>Adds the server's own checks.</summary>
    private async Task AskServerAsync(CancellationToken cancellationToken)
    {
        var answer = await session.Calls.TryAsync(HttpMethod.Get, "tasks/v1/checks", null, cancellationToken);
        if (answer.Status == HttpStatusCode.OK && answer.TryRead() is { } json)
        {
            _found.AddRange(json.ItemsAt("checks").Select(static check => new Finding(
                check.TextAt("name") ?? "", check.TextAt("state") ?? Finding.Warning, check.TextAt("text") ?? "", check.TextAt("mend"))));
            return;
        }

        _found.Add(answer.Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest
            ? new(
                "checks", Finding.Warning, "The server does not examine itself: it is older than this program.",
                "Upgrade the server. 'tasksbus status' shows what it knows.")
            : new("checks", Finding.Failed, session.Calls.Refused(answer).Message, "Look at the server's log."));
    }

    private static string Took(ServerAnswer answer) => string.Create(
        CultureInfo.InvariantCulture, $"The server answers, within {(answer.ReceivedAt - answer.SentAt).TotalMilliseconds:0} ms.");
}
