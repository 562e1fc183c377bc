using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Bodies that are announced and come late or never, at a server with keys.</summary>
public sealed class AnnouncedBodyTests : SignatureTest
{
    [Fact]
    public async Task Where_the_bodys_hash_is_sent_a_wrong_signature_is_refused_before_the_body_is_read()
    {
        var answer = await AnswerWithoutBodyAsync("X-Amz-Content-SHA256", new string('0', 64));
        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Contains("does not match", answer!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_announces_much_and_sends_nothing_keeps_nobody_out()
    {
        var silent = Enumerable.Range(0, 50).Select(static _ => new TcpClient()).ToArray();
        await Task.WhenAll(silent.Select(client => AnnounceAsync(client, "X-Other", "1")));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(new())).Status);
        }

        Array.ForEach(silent, static client => client.Dispose());
    }

    [Fact]
    public async Task Bodies_that_hang_just_before_their_end_give_way_to_those_who_come_later()
    {
        using var first = new TcpClient();
        using var second = new TcpClient();
        foreach (var client in new[] { first, second })
        {
            await AnnounceAsync(client, "X-Other", "1");
            await client.GetStream().WriteAsync(new byte[70_167_210]); // all but the last byte
        }

        var answer = AnswerAsync(first, TimeSpan.FromSeconds(40));
        while (!answer.IsCompleted)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(new())).Status);
        }

        Assert.StartsWith("HTTP/1.1 429", await answer, StringComparison.Ordinal);
    }

    /// <summary>
    /// Announces the largest body that is allowed, sends none of it, and returns the answer that comes all the same; null where none comes.
    /// </summary>
    private async Task<string?> AnswerWithoutBodyAsync(string header, string value)
    {
        using var client = new TcpClient();
        await AnnounceAsync(client, header, value);
        return await AnswerAsync(client, TimeSpan.FromSeconds(2));
    }

    private static async Task<string?> AnswerAsync(TcpClient client, TimeSpan patience)
    {
        var buffer = new byte[4_096];
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(patience));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task AnnounceAsync(TcpClient client, string header, string value)
    {
        var now = TimeProvider.System.GetUtcNow();
        await client.ConnectAsync(Server.Endpoint.Host, Server.Endpoint.Port);
        var day = now.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", [
            "POST /2015-03-31/functions HTTP/1.1", $"Host: {Server.Endpoint.Authority}", "Content-Length: 70167211",
            $"X-Amz-Date: {now:yyyyMMdd'T'HHmmss'Z'}", $"{header}: {value}",
            $"Authorization: AWS4-HMAC-SHA256 Credential={OwnKey.AccessKey}/{day}/us-east-1/lambda/aws4_request, "
                + $"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={new string('0', 64)}",
            "", ""])));
    }
}
