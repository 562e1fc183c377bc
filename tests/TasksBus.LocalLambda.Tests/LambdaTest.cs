using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace TasksBus.LocalLambda.Tests;

/// <summary>A folder of functions, a server over it, and a client: real HTTP, real Node.js processes.</summary>
public abstract class LambdaTest : IAsyncLifetime
{
    /// <summary>How long a test waits for what must come about.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    protected static HttpClient Client { get; } = new() { Timeout = Patience };

    protected string Root { get; } = Directory.CreateTempSubdirectory("locallambda-tests-").FullName;

    /// <summary>Where deployed functions are kept.</summary>
    protected string Storage => Root + "-store";

    /// <summary>Requests are not signed, because most tests are not about that.</summary>
    protected LocalLambdaOptions Options { get; } = new() { WithoutKeys = true };

    protected LocalLambdaServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Options.FunctionsPath = Root;
        Options.StoragePath = Storage;
        Configure(Options);
        Server = await LocalLambdaServer.StartAsync(Options);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(Root, recursive: true);
        if (Directory.Exists(Storage))
        {
            Directory.Delete(Storage, recursive: true);
        }
    }

    /// <summary>Ends the server and starts another on the same folders.</summary>
    protected async Task RestartAsync()
    {
        await Server.DisposeAsync();
        Server = await LocalLambdaServer.StartAsync(Options);
    }

    /// <summary>Options for another server beside this one.</summary>
    protected LocalLambdaOptions Other(string url = "http://127.0.0.1:0") =>
        new() { FunctionsPath = Root, StoragePath = Path.Combine(Root, ".other"), WithoutKeys = true, Url = url };

    protected virtual void Configure(LocalLambdaOptions options)
    {
    }

    /// <summary>Writes a function; the source is its whole index file.</summary>
    protected void Write(string name, string source, string? settings = null, string file = "index.mjs")
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, name)).FullName;
        File.WriteAllText(Path.Combine(folder, file), source);
        if (settings is not null)
        {
            File.WriteAllText(Path.Combine(folder, "function.json"), settings);
        }
    }

    protected Task<Answer> InvokeAsync(string name, string body = "{}", string? type = null, bool tail = false, string query = "") =>
        InvokeAsync(name, Encoding.UTF8.GetBytes(body), type, tail, query);

    protected async Task<Answer> InvokeAsync(string name, byte[] body, string? type = null, bool tail = false, string query = "")
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(Server.Endpoint, $"/2015-03-31/functions/{name}/invocations{query}"));
        request.Content = new ByteArrayContent(body);
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0");
        if (type is not null)
        {
            request.Headers.Add("X-Amz-Invocation-Type", type);
        }

        if (tail)
        {
            request.Headers.Add("X-Amz-Log-Type", "Tail");
        }

        return await SendAsync(request);
    }

    protected static async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        return new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase));
    }

    protected static UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : File.GetUnixFileMode(path);

    /// <summary>Lets every user pass through a folder.</summary>
    protected static void OpenToAll(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        }
    }

    protected static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, $"Still not so after {Patience.TotalSeconds} s: {what}");
            await Task.Delay(10);
        }
    }

    /// <summary>Whether a process runs. A process that is dead but not yet waited for does not.</summary>
    protected static bool IsAlive(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>The answer to a call.</summary>
public sealed record Answer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? FunctionError => Headers.GetValueOrDefault("X-Amz-Function-Error");

    public string ErrorType => Json.GetProperty("errorType").GetString()!;

    public string ErrorMessage => Json.GetProperty("errorMessage").GetString()!;

    public string RequestId => Headers["x-amzn-RequestId"];

    public string Log => Encoding.UTF8.GetString(Convert.FromBase64String(Headers["X-Amz-Log-Result"]));

    /// <summary>What kind of error of the service it is.</summary>
    public string ServiceError => Headers["x-amzn-ErrorType"];

    /// <summary>The message, whichever way Lambda spells the field.</summary>
    public string ServiceMessage => (Json.TryGetProperty("message", out var text) ? text : Json.GetProperty("Message")).GetString()!;

    /// <summary>A field of a function's configuration.</summary>
    public string? Text(string name) => Json.TryGetProperty(name, out var value) ? value.ToString() : null;

    /// <summary>The value, which the function must have answered without an error.</summary>
    public string Value
    {
        get
        {
            Assert.Equal(HttpStatusCode.OK, Status);
            Assert.True(FunctionError is null, Body);
            return Body;
        }
    }

    /// <summary>Asserts that the function failed, in the way Lambda shows it.</summary>
    public Answer Failed()
    {
        Assert.Equal(HttpStatusCode.OK, Status);
        Assert.Equal("Unhandled", FunctionError);
        return this;
    }
}
