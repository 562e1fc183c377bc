using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Server.Hosting;
using TasksBus.Storage;
using TasksBus.Tests.Functions;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>One server for all tests of the API; each test uses functions, and so tasks, of its own.</summary>
public class ApiServer : IAsyncLifetime, IDisposable
{
    public const string Collection = "A server";

    private readonly TempFolder _folder = new();
    private FakeLambda _lambda = null!;
    private ServerHost _host = null!;
    private HttpClient _client = null!;

    public IServiceProvider Services => _host.Services;

    public string Url => _host.Urls.Single();

    /// <summary>Where the server's functions run.</summary>
    internal FakeLambda Fake => _lambda;

    protected virtual string[] Settings => [];

    /// <summary>Replaces parts of the server.</summary>
    private protected virtual void Change(IServiceCollection services)
    {
    }

    public virtual async Task InitializeAsync()
    {
        _lambda = await FakeLambda.StartAsync();
        _host = await ServerHost.BuildAsync(
        [
            "--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={_folder.Path}", "--Logging:LogLevel:Default=None",
            $"--TasksBus:Lambda:Endpoint={_lambda.Url}", "--TasksBus:Lambda:Region=eu-west-1",
            "--TasksBus:Lambda:AccessKey=AKIDEXAMPLE", "--TasksBus:Lambda:SecretKey=secret",
            .. Settings,
        ], Change);
        await _host.StartAsync();
        // A client that sends a large body without waiting to be asked for it may find the connection closed before it reads why.
        _client = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) })
        {
            BaseAddress = new Uri(_host.Urls.Single()),
        };
    }

    public virtual async Task DisposeAsync()
    {
        await _lambda.DisposeAsync();
        await _host.StopAsync();
        await _host.DisposeAsync();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        _client.Dispose();
        _folder.Dispose();
    }

    public Task<Answer> GetAsync(string path) => SendAsync(new(HttpMethod.Get, path));

    /// <summary>Sends a body of exactly these characters.</summary>
    public Task<Answer> PostAsync(string path, string? body = null) => PostAsync(path, body is null ? null : Encoding.UTF8.GetBytes(body));

    public Task<Answer> PostAsync(string path, byte[]? body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        // A large body is refused before it is sent.
        request.Headers.ExpectContinue = body?.Length > 1_000_000;
        return SendAsync(request);
    }

    /// <summary>The answer itself, for more than its text.</summary>
    public Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken = default) =>
        _client.SendAsync(request, cancellationToken);

    /// <summary>Stores or changes a managed function, as another process would.</summary>
    public Task ManageAsync(string function, Action<StoredFunction> settings) =>
        Services.GetRequiredService<IFunctionStore>().ManageAsync(function, settings);

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _client.SendAsync(request);
            return new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync())
            {
                Headers = response.Headers.ToDictionary(
                    static header => header.Key, static header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            };
        }
    }

    /// <summary>A task that stays new.</summary>
    public async Task<string> CreateWaitingAsync(string function, string more = "")
    {
        var answer = await PostAsync("/tasks/v1/", $$"""{"functionName":"{{function}}","startTimestamp":"2999-01-01T00:00:00Z"{{more}}}""");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Json.GetProperty("id").GetString()!;
    }

    /// <summary>A task that has run.</summary>
    public async Task<JsonElement> RunAsync(string function, params string[] until)
    {
        var created = await PostAsync("/tasks/v1/", $$"""{"functionName":"{{function}}"}""");
        var id = created.Json.GetProperty("id").GetString();
        JsonElement task = default;
        await Eventually.TrueAsync(async () =>
        {
            task = (await GetAsync($"/tasks/v1/{id}")).Json;
            return until.Contains(task.GetProperty("status").GetString());
        }, $"the task is {string.Join(" or ", until)}");
        return task;
    }
}

/// <param name="Text">The body.</param>
public sealed record Answer(HttpStatusCode Status, string? ContentType, string Text)
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>Asserts that the answer is an error in a body, by its code: 13, 14, 15 or 22.</summary>
    /// <returns>The message.</returns>
    public string IsBodyError(int code, int status = 400) => IsError(status, code, code switch
    {
        13 => "EMPTY_BODY_EXCEPTION",
        14 => "MISSING_REQUIRED_FIELDS_EXCEPTION",
        15 => "FIELD_FORMAT_EXCEPTION",
        _ => "BODY_FORMAT_EXCEPTION",
    });

    /// <summary>Asserts that the answer is this error, in the form of the API.</summary>
    /// <returns>The message.</returns>
    public string IsError(int status, int code, string name)
    {
        Assert.True(Status == (HttpStatusCode)status, $"Expected {status} with code {code}; got {(int)Status}: {Text}");
        Assert.Equal("application/json", ContentType);
        Assert.Equal(["code", "name", "message"], Json.EnumerateObject().Select(static property => property.Name));
        Assert.Equal((code, name), (Json.GetProperty("code").GetInt32(), Json.GetProperty("name").GetString()));
        var message = Json.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        return message;
    }
}

[CollectionDefinition(ApiServer.Collection)]
public sealed class ApiServerDefinition : ICollectionFixture<ApiServer>;
