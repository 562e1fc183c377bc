using System.Net;
using System.Text;
using System.Text.Json;

namespace TasksBus.UnitTests.Tool;

/// <summary>A server that answers as it is told, and remembers what it was asked.</summary>
internal sealed class FakeApi : HttpMessageHandler
{
    private readonly Dictionary<string, Queue<(HttpStatusCode Status, string Body)>> _answers = [];
    private readonly Dictionary<string, Func<string, Task<string>>> _served = [];

    /// <summary>The requests: their method, their path and their query as they were sent.</summary>
    public List<string> Requests { get; } = [];

    public List<string> Bodies { get; } = [];

    /// <summary>The credentials of the last request.</summary>
    public string? Authorization { get; private set; }

    public Uri? Address { get; private set; }

    /// <summary>Nobody listens.</summary>
    public bool IsAway { get; set; }

    /// <summary>Answers a request. The last answer to it is repeated.</summary>
    /// <param name="request">Its method and its path below /tasks/v1/, without the query.</param>
    public FakeApi On(string request, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        var answers = _answers.TryGetValue(request, out var known) ? known : _answers[request] = new();
        answers.Enqueue((status, body));
        return this;
    }

    /// <summary>Answers a request by its query.</summary>
    public FakeApi Serve(string request, Func<string, Task<string>> answer)
    {
        _served[request] = answer;
        return this;
    }

    /// <summary>Stores each task that is sent, alone or with others.</summary>
    public FakeApi Store()
    {
        (_answers["POST "], _answers["POST batch"]) = (new(), new());
        return this;
    }

    /// <summary>Refuses a request with an error of the API.</summary>
    public FakeApi Refuse(string request, int status, int code, string name = "AN_EXCEPTION", string message = "It is refused.") =>
        On(request, $$"""{"code":{{code}},"name":"{{name}}","message":"{{message}}"}""", (HttpStatusCode)status);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            throw new HttpRequestException("Connection refused");
        }

        var body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
        if (_served.TryGetValue($"{request.Method} {PathOf(request)}", out var serve))
        {
            return Answer(HttpStatusCode.OK, await serve(request.RequestUri!.Query));
        }

        // Commands for many tasks send several requests at once.
        lock (_answers)
        {
            return AnswerTo(request, body);
        }
    }

    private HttpResponseMessage AnswerTo(HttpRequestMessage request, string? body)
    {
        Address = request.RequestUri;
        Authorization = request.Headers.Authorization?.ToString();
        var path = PathOf(request);
        Requests.Add($"{request.Method} {path}{request.RequestUri!.Query}");
        if (body is not null)
        {
            Bodies.Add(body);
        }

        if (!_answers.TryGetValue($"{request.Method} {path}", out var answers))
        {
            return Answer(
                HttpStatusCode.NotFound, $$"""{"code":16,"name":"RESOURCE_UNKNOWN_EXCEPTION","message":"There is no {{path}}."}""");
        }

        if (answers.Count == 0)
        {
            return Answer(HttpStatusCode.OK, StoredBy(JsonElement.Parse(body!)));
        }

        var (status, text) = answers.Count > 1 ? answers.Dequeue() : answers.Peek();
        return Answer(status, text);
    }

    private static string StoredBy(JsonElement sent) => sent.TryGetProperty("tasks", out var tasks)
        ? $$"""{"data":[{{string.Join(',', tasks.EnumerateArray().Select(StoredBy))}}]}"""
        : $$"""{"id":"{{sent.GetProperty("taskId").GetString()}}"}""";

    private static string PathOf(HttpRequestMessage request) => request.RequestUri!.AbsolutePath.Split("/tasks/v1/")[^1];

    private static HttpResponseMessage Answer(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
}
