using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Connecting;

/// <summary>Single requests to the server, whose answers are shown as they came.</summary>
internal sealed class ServerCalls(Connection connection, HttpMessageHandler handler, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>The version of this program.</summary>
    public static string Version { get; } =
        typeof(ServerCalls).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public Uri Address => connection.Address;

    /// <summary>Reads what is at a path below <c>/tasks/v1/</c>.</summary>
    /// <exception cref="ToolException">The server refused, or no answer came.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, $"tasks/v1/{path}", null, cancellationToken);

    /// <summary>Does what is at a path below <c>/tasks/v1/</c>.</summary>
    /// <exception cref="ToolException">The server refused, or no answer came.</exception>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken) =>
        AskAsync(method, $"tasks/v1/{path}", body, cancellationToken);

    /// <summary>Sends a request, whatever its answer is.</summary>
    /// <exception cref="ToolException">No answer came.</exception>
    public async Task<ServerAnswer> TryAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(s_patience, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        // What follows a # would not be sent.
        using HttpRequestMessage request = new(
            method, new Uri(connection.Address, path.Replace("#", "%23", StringComparison.Ordinal)));
        request.Headers.UserAgent.Add(new("TasksBus.Tool", Version));
        request.Headers.Authorization = connection.Key is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        var sent = time.GetUtcNow();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
            var received = time.GetUtcNow();
            var text = await response.Content.ReadAsStringAsync(over.Token);
            return new(response.StatusCode, text, sent, received);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"no answer came within {s_patience.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable((exception.InnerException ?? exception).Message);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The exception for an answer that is no success.</summary>
    public ToolException Refused(ServerAnswer answer)
    {
        var status = (int)answer.Status;
        if (answer.TryRead() is not { } json || json.TextAt("message") is not { } message)
        {
            return new(
                answer.Status == HttpStatusCode.NotFound ? ExitCode.Unknown : ExitCode.Fault,
                $"{connection.Address} answered {status} without an error of TasksBus. Look whether the address is right, and what stands "
                    + "before the server.");
        }

        var code = answer.Status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ExitCode.NotAllowed,
            HttpStatusCode.NotFound => ExitCode.Unknown,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout => ExitCode.Unreachable,
            _ => status < 500 ? ExitCode.Refused : ExitCode.Fault,
        };
        return new(code, Messages.OfRefusal(message, (int)json.NumberAt("code"), connection));
    }

    /// <summary>The exception for a good answer that something else gave.</summary>
    public ToolException NotOfTasksBus() =>
        new(ExitCode.Fault, $"The answer of {connection.Address} is not one of TasksBus: is the address right?");

    private async Task<JsonElement> AskAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        var answer = await TryAsync(method, path, body, cancellationToken);
        return answer.Status != HttpStatusCode.OK ? throw Refused(answer)
            : answer.TryRead() ?? throw NotOfTasksBus();
    }

    private ToolException Unreachable(string reason) => new(ExitCode.Unreachable, Messages.Unreachable(connection, reason));
}

/// <param name="Text">The body.</param>
/// <param name="SentAt">When the request went out, by this machine's clock.</param>
/// <param name="ReceivedAt">When the answer began, by this machine's clock.</param>
internal sealed record ServerAnswer(HttpStatusCode Status, string Text, DateTimeOffset SentAt, DateTimeOffset ReceivedAt)
{
    /// <summary>The body as JSON. Null when it is none.</summary>
    public JsonElement? TryRead()
    {
        try
        {
            return JsonElement.Parse(Text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
