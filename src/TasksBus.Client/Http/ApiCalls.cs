using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Client.Http;

/// <summary>Sends requests that have the same effect when they are sent twice, and tries them again.</summary>
internal sealed class ApiCalls(
    IHttpClientFactory clients, IOptions<TasksBusClientOptions> options, TimeProvider time, ILogger<ITasksBusClient> logger)
{
    /// <summary>The name of the HttpClient.</summary>
    public const string ClientName = "TasksBus.Client.ITasksBusClient";

    private static readonly ProductInfoHeaderValue s_product = new(
        "TasksBus.Client",
        typeof(ApiCalls).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);

    /// <summary>How long the check of health waits for its answer.</summary>
    private static readonly TimeSpan s_patienceOfCheck = TimeSpan.FromSeconds(5);

    private readonly TasksBusClientOptions _options = options.Value;
    private readonly Uri _root = new(options.Value.Address!.AbsoluteUri.TrimEnd('/') + "/");

    public TimeSpan RequestTimeout => _options.RequestTimeout;

    /// <summary>Makes a task as the client's options say.</summary>
    public ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? options) =>
        ScheduleOptions.Or(options, _options.Publisher, _options.InputJson).NewTask(functionName, input);

    /// <summary>Makes a request below <c>/tasks/v1</c>.</summary>
    /// <param name="path">The path and the query, without a slash before them.</param>
    public HttpRequestMessage Request(HttpMethod method, string path) => new(method, new Uri(_root, $"tasks/v1/{path}"));

    /// <summary>Sends a request until an answer comes, or until the time for that is over.</summary>
    /// <param name="make">Makes the request, anew for each try.</param>
    /// <param name="read">Reads the body of a good answer.</param>
    /// <param name="timeout">How long one try may take.</param>
    /// <exception cref="TasksBusException">The server refused, or no answer came.</exception>
    public Task<T> AskAsync<T>(
        Func<HttpRequestMessage> make, Func<ReadOnlyMemory<byte>, T> read, TimeSpan timeout, CancellationToken cancellationToken) =>
        Tries.UntilAnsweredAsync(
            () => TryAsync(make, read, timeout, cancellationToken), _options.RetryFor, time,
            TriesAgain, cancellationToken);

    /// <summary>Tells the log that a call is made again.</summary>
    public void TriesAgain(TimeSpan pause, TasksBusUnavailableException failure) => logger.TriesAgain(pause.TotalSeconds, failure);

    /// <summary>Asks once whether the server can do its work, and what it says about that.</summary>
    public async Task<(bool IsReady, string Text)> AskReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (true, await TryAsync(
                () => new(HttpMethod.Get, new Uri(_root, "health/ready")), static body => Encoding.UTF8.GetString(body.Span),
                s_patienceOfCheck, cancellationToken).ConfigureAwait(false));
        }
        catch (TasksBusException failure)
        {
            return (false, failure.Message);
        }
    }

    private async Task<T> TryAsync<T>(
        Func<HttpRequestMessage> make, Func<ReadOnlyMemory<byte>, T> read, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(timeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var request = make();
        try
        {
            request.Headers.UserAgent.Add(s_product);
            var token = _options.TokenProvider is { } provider ? await provider(over.Token).ConfigureAwait(false) : _options.ApiKey;
            request.Headers.Authorization = token is null ? null : new("Bearer", token);
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token)
                .ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(over.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? read(body) : throw ErrorAnswer.Read(response, body, time.GetUtcNow());
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested && over.IsCancellationRequested)
        {
            throw Unreachable(request, $"no answer came within {timeout.TotalSeconds:0.#} s", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(request, exception.Message, exception);
        }
        catch (JsonException exception)
        {
            throw new TasksBusException(
                ErrorCode.ServerException, $"The answer to {Named(request)} is not one of TasksBus: is the address right?", exception);
        }
    }

    private static TasksBusUnavailableException Unreachable(HttpRequestMessage request, string reason, Exception cause) =>
        new(ErrorCode.ServiceUnreachable, $"{Named(request)} was not answered: {reason}", cause: cause);

    /// <summary>The request without its query, which may be long.</summary>
    private static string Named(HttpRequestMessage request) =>
        $"{request.Method} {request.RequestUri!.GetLeftPart(UriPartial.Path)}";
}
