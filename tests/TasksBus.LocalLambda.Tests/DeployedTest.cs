using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Functions deployed through the API.</summary>
public abstract class DeployedTest : LambdaTest
{
    protected const string Role = "arn:aws:iam::123456789012:role/service/any";

    protected const string Functions = "/2015-03-31/functions";

    protected static byte[] Zip(params (string Name, string Content)[] files) =>
        Zip(files.Select(file => new ZipItem(file.Name, file.Content)).ToArray());

    private protected static byte[] Zip(params ZipItem[] items)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var item in items)
            {
                var entry = archive.CreateEntry(item.Name);
                entry.ExternalAttributes = item.Mode << 16;
                using var content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(item.Content));
            }
        }

        return stream.ToArray();
    }

    protected async Task<Answer> CallAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Server.Endpoint, path));
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await SendAsync(request);
    }

    /// <summary>What creates a function, with a time limit that a busy machine keeps.</summary>
    protected static JsonObject Creation(string name, byte[] zip, string runtime = "nodejs20.x", string handler = "index.handler") => new()
    {
        ["Timeout"] = 60,
        ["FunctionName"] = name,
        ["Runtime"] = runtime,
        ["Handler"] = handler,
        ["Role"] = Role,
        ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) },
    };

    protected Task<Answer> CreateAsync(JsonObject creation) => CallAsync(HttpMethod.Post, Functions, creation);

    protected Task<Answer> UpdateCodeAsync(string name, byte[] zip) =>
        CallAsync(HttpMethod.Put, $"{Functions}/{name}/code", new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) });

    protected Task<Answer> ConfigureAsync(string name, JsonObject changes) =>
        CallAsync(HttpMethod.Put, $"{Functions}/{name}/configuration", changes);

    protected Task<Answer> LookAsync(string name) => CallAsync(HttpMethod.Get, $"{Functions}/{name}/configuration");

    /// <summary>Deploys a function and waits until it is active.</summary>
    protected async Task DeployAsync(JsonObject creation)
    {
        var answer = await CreateAsync(creation);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Body);
        await UntilDoneAsync((string)creation["FunctionName"]!);
    }

    protected Task DeployAsync(
        string name, string source, string file = "index.mjs", string runtime = "nodejs20.x", string handler = "index.handler") =>
        DeployAsync(Creation(name, Zip((file, source)), runtime, handler));

    /// <summary>Waits until no change is under way, and returns the function as it is then.</summary>
    protected async Task<Answer> UntilDoneAsync(string name)
    {
        while (true)
        {
            var answer = await LookAsync(name);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            if (answer.Text("State") != "Pending" && answer.Text("LastUpdateStatus") != "InProgress")
            {
                return answer;
            }

            await Task.Delay(10);
        }
    }

    protected static void AssertRefused(Answer answer, int status, string type, string message)
    {
        Assert.True((int)answer.Status == status, $"{answer.Status} {answer.Body}");
        Assert.Equal(type, answer.ServiceError);
        Assert.Contains(message, answer.ServiceMessage, StringComparison.Ordinal);
    }

    /// <summary>What a zip file holds, with the Unix mode of each entry.</summary>
    internal sealed record ZipItem(string Name, string Content = "", int Mode = ZipItem.Plain)
    {
        public const int Plain = 0x81A4; // a regular file, 0644
        public const int Executable = 0x81ED; // 0755
        public const int Link = 0xA1FF;
    }
}
