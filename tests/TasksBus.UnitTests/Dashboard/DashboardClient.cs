using System.Net;
using System.Text.RegularExpressions;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>A browser that follows nothing by itself.</summary>
internal sealed partial class DashboardClient : IDisposable
{
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _client;

    public DashboardClient(ApiServer server) =>
        _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = _cookies })
        {
            BaseAddress = new(server.Url),
        };

    public IReadOnlyList<Cookie> Cookies => [.. _cookies.GetAllCookies().Cast<Cookie>()];

    /// <param name="origin">The origin of the page that asks. Null when the browser names none.</param>
    /// <param name="site">How far it is from here, as browsers say it.</param>
    public async Task<HttpResponseMessage> GetAsync(
        string path, string accept = "text/html", string? origin = null, string? host = null, string? site = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        return await _client.SendAsync(request);
    }

    /// <summary>Opens the form and sends a key by it.</summary>
    public async Task<HttpResponseMessage> SignInAsync(string key, string path = "/dashboard/sign-in") =>
        await SendAsync(await FormAsync(path), key, path);

    /// <summary>The hidden fields of the form.</summary>
    public async Task<Dictionary<string, string>> FormAsync(string path = "/dashboard/sign-in")
    {
        using var page = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return Hidden().Matches(await page.Content.ReadAsStringAsync())
            .ToDictionary(static field => field.Groups[1].Value, static field => WebUtility.HtmlDecode(field.Groups[2].Value));
    }

    /// <summary>Sends a key by a form that was opened before.</summary>
    public async Task<HttpResponseMessage> SendAsync(Dictionary<string, string> fields, string key, string path = "/dashboard/sign-in")
    {
        fields["key"] = key;
        return await _client.PostAsync(new Uri(path, UriKind.Relative), new FormUrlEncodedContent(fields));
    }

    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) => _client.PostAsync(
        new Uri(path, UriKind.Relative),
        new FormUrlEncodedContent(fields.ToDictionary(static each => each.Name, static each => each.Value)));

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}
