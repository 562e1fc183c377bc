using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Server.Commands;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage.Sqlite;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The program's commands for keys, on a folder of their own, and beside a server that holds it.</summary>
public sealed partial class ApiKeyCommandTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_key_is_shown_with_settings_that_let_it_in()
    {
        var shown = await MakeAsync("billing");
        var key = KeyIn(shown);

        Assert.Matches("^tbk_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(Permissions.All.ToHashSet(), ReadBack(shown).Find(key)?.Permissions);
        Assert.Equal(2, shown.Split(key).Length); // once
        Assert.NotEqual(key, KeyIn(await MakeAsync()));
    }

    [Fact]
    public async Task Permissions_and_expiry_stand_in_the_settings()
    {
        var shown = await MakeAsync("billing", "--permissions", "VIEW_TASKS,CREATE_TASKS", "--expires=90d");

        var key = ReadBack(shown).Find(KeyIn(shown))!;
        Assert.Equal(["CREATE_TASKS", "VIEW_TASKS"], key.Permissions.Order(StringComparer.Ordinal));
        Assert.Equal(_clock.GetUtcNow().AddDays(90), key.ExpiresAt);
        Assert.Contains("\nTasksBus__ApiKeys__0__ExpiresAt=2030-04-02T03:04:05Z\n", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("takes one name", "a b")]
    [InlineData("takes one name", "a", "b")]
    [InlineData("takes one name", "a", "--permissions")]
    [InlineData("takes one name", "-a")]
    [InlineData("--stores is no option. Did you mean --store? --new-api-key takes one name", "a", "--stores")]
    [InlineData("Did you mean --TasksBus:DataPath?", "a", "--store", "--TasksBus:DataPat=/nowhere")]
    [InlineData("no permission: VIEW_TASK.", "a", "--permissions", "VIEW_TASK")]
    [InlineData("--permissions is missing", "a", "--permissions", ",")]
    [InlineData("--expires must be", "a", "--expires", "soon")]
    [InlineData("which has passed", "a", "--expires", "2030-01-01T00:00:00Z")]
    [InlineData("which has passed", "a", "--expires", "0d")]
    public async Task An_option_that_cannot_be_meant_is_refused(string expected, params string[] args) =>
        Assert.Contains(expected, (await Assert.ThrowsAsync<StartException>(() => MakeAsync(args))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_settings_value_is_not_taken_for_a_name()
    {
        Assert.Contains("'default'", await MakeAsync("--store", "--TasksBus:DataPath", _folder.Path), StringComparison.Ordinal);
        Assert.Matches(@"\ndefault +", await ShownAsync([Folder, "--list-api-keys"])); // settings may stand first
    }

    [Fact]
    public async Task A_stored_key_is_listed_without_the_key_and_revoked_once()
    {
        Assert.Contains("There are no keys", await RunAsync("--list-api-keys"), StringComparison.Ordinal);
        var shown = await MakeAsync("billing", "--store", "--permissions", "VIEW_TASKS", "--expires", "2031-01-01T00:00:00Z", Folder);

        var list = await RunAsync("--list-api-keys");
        Assert.Matches(@"^NAME +CREATED +EXPIRES +LAST USED +PERMISSIONS\nbilling +20\S+Z +2031-01-01T00:00:00Z +never +VIEW_TASKS$", list);
        Assert.DoesNotContain(KeyIn(shown), list, StringComparison.Ordinal);
        Assert.Contains(
            "already", (await Assert.ThrowsAsync<StartException>(() => MakeAsync("billing", "--store", Folder))).Message,
            StringComparison.Ordinal);

        Assert.Contains("is revoked", await RunAsync("--revoke-api-key", "billing"), StringComparison.Ordinal);
        Assert.Contains(
            "There is no key 'billing'", (await Assert.ThrowsAsync<StartException>(() => RunAsync("--revoke-api-key", "billing"))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "takes the name", (await Assert.ThrowsAsync<StartException>(() => RunAsync("--revoke-api-key"))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Usage: TasksBus.Server", "--help")]
    [InlineData("Usage: TasksBus.Server", "--urls=http://localhost:8081", "-h", "--nonsense")]
    [InlineData("Usage: TasksBus.Server", "--list-api-keys", "-?")]
    public async Task Help_is_shown_whatever_stands_beside_it(string expected, params string[] args) =>
        Assert.Contains(expected, await ShownAsync(args), StringComparison.Ordinal);

    [Fact]
    public async Task The_version_is_shown() => Assert.Matches(@"^\d+\.\d+\.\d+", await ShownAsync(["--version"]));

    [Fact]
    public async Task The_role_of_publishers_is_shown_for_the_schema_that_is_set()
    {
        Assert.Contains(
            "grant usage on schema \"tasksbus\" to tasksbus_publisher;", await ShownAsync(["--publisher-role"]), StringComparison.Ordinal);
        var shown = await ShownAsync(["--publisher-role", "--TasksBus:SqlSchema=jobs"]);
        Assert.Contains("grant execute on function \"jobs\".schedule_task, ", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\"tasksbus\"", shown, StringComparison.Ordinal);
        foreach (var wrong in new[] { "", "Jobs", "pg_jobs", "a\"b", "1st", new string('a', 41) })
        {
            Assert.StartsWith(
                "TasksBus:SqlSchema is ",
                (await Assert.ThrowsAsync<StartException>(() => RunAsync("--publisher-role", $"--TasksBus:SqlSchema={wrong}"))).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_hold_is_a_clusters_only() =>
        Assert.Contains(
            "Only a cluster is ever held", (await Assert.ThrowsAsync<StartException>(() => RunAsync("--release-hold"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Beside_a_running_server_a_key_is_stored_lets_in_and_ends_and_the_server_stays_closed()
    {
        await using var host = await ServerHost.BuildAsync(
            ["--urls=http://127.0.0.1:0", Folder, $"--TasksBus:FunctionsPath={_folder.Path}", "--Logging:LogLevel:Default=None"]);
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls.Single()) };
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client, null)); // anyone may call

        var key = KeyIn(await MakeAsync("viewer", "--store", "--permissions=VIEW_TASKS", Folder));
        await Eventually.TrueAsync(async () => await GetAsync(client, null) == HttpStatusCode.Unauthorized, "the server asks for a key");
        Assert.Equal(HttpStatusCode.OK, await GetAsync(client, key));
        await Eventually.TrueAsync(
            async () => !(await RunAsync("--list-api-keys")).Contains(" never  VIEW_TASKS", StringComparison.Ordinal), "its use is noted");

        await RunAsync("--revoke-api-key", "viewer");
        await Eventually.TrueAsync(async () => await GetAsync(client, key) == HttpStatusCode.Unauthorized, "the key ends");
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(client, null));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_beside_its_server_is_told_clearly()
    {
        using (SqliteDatabase.Open(_folder.Path))
        {
            var file = Path.Combine(_folder.Path, SqliteDatabase.FileName);
            await using (var older = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
            {
                await older.OpenAsync();
                await using var command = older.CreateCommand();
                command.CommandText = "delete from \"__EFMigrationsHistory\"";
                await command.ExecuteNonQueryAsync();
            }

            var refusal = await Assert.ThrowsAsync<DataFolderException>(() => RunAsync("--list-api-keys"));
            Assert.Contains("in use by another server", refusal.Message, StringComparison.Ordinal);
        }
    }

    private string Folder => $"--TasksBus:DataPath={_folder.Path}";

    private Task<string> MakeAsync(params string[] args) => ShownAsync(["--new-api-key", .. args]);

    private Task<string> RunAsync(params string[] args) => ShownAsync([.. args, Folder]);

    private async Task<string> ShownAsync(string[] args)
    {
        await using var output = new StringWriter();
        Assert.Equal(0, await CommandLine.RunAsync(args, output, _clock));
        return output.ToString();
    }

    private static string KeyIn(string shown) => shown.Split('\n')[0].Trim();

    private static ApiKeys ReadBack(string shown)
    {
        var json = Json().Match(shown).Value;
        return ApiKeySettings.Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient client, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/tasks/v1/");
        request.Headers.Authorization = key is null ? null : new("Bearer", key);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    [GeneratedRegex(@"^\{.*\}$", RegexOptions.Multiline)]
    private static partial Regex Json();
}
