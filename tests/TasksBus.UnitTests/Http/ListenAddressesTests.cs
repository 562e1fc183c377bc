using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.Authentication;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class ListenAddressesTests
{
    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://*:0")]
    [InlineData("http://+:0")]
    [InlineData("http://tasks.example.org:0")]
    [InlineData("https://0.0.0.0:0")]
    public void Beyond_this_machine_a_key_is_needed_and_the_refusal_says_how_to_make_one(string url)
    {
        foreach (var setting in new[] { "urls", "Kestrel:Endpoints:Public:Url" })
        {
            var refusal = Assert.Throws<StartException>(() => ListenAddresses.Choose(Settings((setting, url)), isClosed: false)).Message;
            Assert.Contains("--new-api-key", refusal, StringComparison.Ordinal);
            Assert.Contains(url, refusal, StringComparison.Ordinal);

            ListenAddresses.Choose(Settings((setting, url)), isClosed: true);
        }
    }

    [Theory]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("localhost", "::1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("[::]", "127.0.0.1")]
    [InlineData("[::]", "::1")]
    [InlineData("*", "127.0.0.1")]
    [InlineData("+", "::1")]
    [InlineData("tasks.example.org", "0.0.0.0")]
    public void A_port_in_use_is_found_on_every_address_that_the_server_would_bind(string host, string taken)
    {
        var ip = IPAddress.Parse(taken);
        using var other = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(ip, 0));
        other.Listen();
        var url = $"http://{host}:{((IPEndPoint)other.LocalEndPoint!).Port}";

        var refusal = Assert.Throws<StartException>(() => ListenAddresses.Choose(Settings(("urls", url)), isClosed: true)).Message;

        Assert.Contains($"Cannot listen on {url}: Address already in use. Stop the program that does", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_another_machine_is_refused_with_the_systems_own_words() =>
        Assert.Contains(
            "Choose another address",
            Assert.Throws<StartException>(() => ListenAddresses.Choose(Settings(("urls", "http://192.0.2.1:0")), isClosed: true)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("http://0.0.0.0:80", true)]
    [InlineData("https://0.0.0.0:443;http://*:80", true)]
    [InlineData("https://0.0.0.0:443;http://localhost:80", false)]
    [InlineData("http://127.0.0.1:80;http://[::1]:80", false)]
    public void Only_plain_http_beyond_this_machine_is_warned_of_and_once(string urls, bool isWarned)
    {
        var log = new Lines();

        ListenAddresses.WarnOfPlainHttp(Settings(("urls", urls)), log);

        Assert.Equal(isWarned ? 1 : 0, log.All.Count);
        Assert.All(log.All, static line => Assert.Contains("unencrypted", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_a_key_and_a_certificate_the_server_listens_on_every_address_by_https()
    {
        using var folder = new TempFolder();
        var pem = Path.Combine(folder.Path, "server.pem");
        string hash;
        using (var rsa = RSA.Create(2048))
        using (var certificate = new CertificateRequest("CN=tasks.example.org", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1)))
        {
            hash = certificate.GetCertHashString();
            await File.WriteAllTextAsync(pem, $"{certificate.ExportCertificatePem()}\n{rsa.ExportPkcs8PrivateKeyPem()}\n");
        }

        var key = ApiKey.New();
        await using var host = await ServerHost.BuildAsync(
        [
            "--urls=https://0.0.0.0:0", $"--Kestrel:Certificates:Default:Path={pem}", $"--Kestrel:Certificates:Default:KeyPath={pem}",
            $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}", "--Logging:LogLevel:Default=None",
            "--TasksBus:ApiKeys:0:Name=all", $"--TasksBus:ApiKeys:0:Hash=sha256:{Convert.ToHexStringLower(ApiKey.HashOf(key))}",
            "--TasksBus:ApiKeys:0:Permissions=*",
        ]);
        await host.StartAsync();

        var options = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == hash,
        };
        using var handler = new SocketsHttpHandler { SslOptions = options };
        using var client = new HttpClient(handler) { BaseAddress = new UriBuilder(host.Urls.Single()) { Host = "127.0.0.1" }.Uri };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await client.GetAsync(new Uri("/tasks/v1/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await host.StopAsync();
    }

    private static IConfiguration Settings(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(static setting => setting.Name, static setting => (string?)setting.Value))
        // The default port may be in use, so only the settings of the test are read.
        .AddInMemoryCollection(settings.Any(static setting => setting.Name == "urls")
            ? []
            : [KeyValuePair.Create<string, string?>("urls", "http://127.0.0.1:0")])
        .Build();

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
