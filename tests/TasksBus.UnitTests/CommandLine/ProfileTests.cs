using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>Which server is asked, and with which key. Keys show nowhere.</summary>
public sealed class ProfileTests : IDisposable
{
    private const string Secret = "tbk_0123456789abcdef-secret";
    private const string Empty = """{"query":"{}","page":{"total":0,"offset":0,"limit":20},"data":[]}""";

    private readonly ToolRun _tool = new();

    public ProfileTests() => _tool.Api.On("GET ", Empty);

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Without_anything_the_server_of_this_machine_is_asked_without_a_key()
    {
        Assert.Equal(0, (await _tool.RunAsync("list")).Code);

        Assert.Equal("http://localhost:8080", _tool.Api.Address!.GetLeftPart(UriPartial.Authority));
        Assert.Null(_tool.Api.Authorization);
    }

    [Fact]
    public async Task A_profile_holds_a_server_and_a_key_that_only_the_user_may_read()
    {
        _tool.Input = $"{Secret}\n";
        var set = await _tool.RunAsync("profile", "set", "prod", "--server", "https://tasks.example/base/", "--ask-key");

        Assert.Equal((0, "", "The profile 'prod' is stored.\n"), (set.Code, set.Output, set.Error));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_tool.ProfileFile));
        }

        Assert.Equal(0, (await _tool.RunAsync("list")).Code);
        Assert.StartsWith("https://tasks.example/base/tasks/v1/?", _tool.Api.Address!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal($"Bearer {Secret}", _tool.Api.Authorization);
        Assert.Equal("prod\tcurrent\thttps://tasks.example/base\thas a key\n", (await _tool.RunAsync("profile", "list")).Output);
    }

    [Fact]
    public async Task What_is_nearer_to_the_command_wins()
    {
        await _tool.RunAsync("profile", "set", "one", "--server", "http://localhost:1", "--key", "key-one");
        await _tool.RunAsync("profile", "set", "two", "--server", "http://localhost:2");
        await _tool.RunAsync("profile", "set", "three", "--server", "http://localhost:3");
        await AsksAsync("http://localhost:1", "key-one");

        await _tool.RunAsync("profile", "use", "two");
        await AsksAsync("http://localhost:2", null);

        _tool.Variables["TASKSBUS_PROFILE"] = "three";
        await AsksAsync("http://localhost:3", null);

        _tool.Variables["TASKSBUS_SERVER"] = "http://localhost:4";
        _tool.Variables["TASKSBUS_KEY"] = "key-four";
        await AsksAsync("http://localhost:4", "key-four");
        await AsksAsync("http://localhost:1", "key-one", "--profile", "one");
        await AsksAsync("http://localhost:5", "key-five", "--server", "http://localhost:5", "--key", "key-five");
    }

    [Fact]
    public async Task The_key_of_a_profile_goes_to_no_other_server()
    {
        await _tool.RunAsync("profile", "set", "prod", "--server", "https://tasks.example", "--key", Secret);

        await AsksAsync("http://localhost:9", null, "--server", "http://localhost:9");
        var ran = await _tool.RunAsync("profile", "set", "prod", "--server", "https://other.example");
        Assert.Equal(2, ran.Code);
        Assert.Contains("--ask-key", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://tasks.example", true)]
    [InlineData("https://tasks.example", false)]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("http://[::1]:8080", false)]
    public async Task A_key_that_others_can_read_on_its_way_is_warned_of(string server, bool isWarned)
    {
        var ran = await _tool.RunAsync("list", "--server", server, "--key", Secret);

        Assert.Equal(0, ran.Code);
        Assert.Equal(isWarned, ran.Error.Contains("Use https", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_with_a_key_that_others_may_read_is_warned_of()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await _tool.RunAsync("profile", "set", "prod", "--server", "https://tasks.example", "--key", Secret);
        File.SetUnixFileMode(_tool.ProfileFile, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Assert.Contains("chmod 600", (await _tool.RunAsync("list")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list", "--key", Secret)]
    [InlineData("list", "--kye", Secret)]
    [InlineData("list", "--kye=" + Secret)]
    [InlineData("list", Secret)]
    [InlineData(Secret)]
    [InlineData("list", "--limit", Secret)]
    [InlineData("list", "--server", "http://user:" + Secret + "@localhost")]
    [InlineData("list", "--key", Secret + " ü")]
    [InlineData("list", "--status", "new", "--key", Secret, "--rql", "no(")]
    [InlineData("doctor", "--key", Secret)]
    [InlineData("profile", "list", "--key", Secret)]
    public async Task A_secret_never_shows(params string[] args)
    {
        // A server might repeat it.
        _tool.Api.Refuse("GET ", 401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION", $"The token {Secret} is not known.");

        var ran = await _tool.RunAsync(args);

        Assert.DoesNotContain(Secret, ran.Output + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_json_is_explained_without_its_content()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_tool.ProfileFile)!);
        await File.WriteAllTextAsync(_tool.ProfileFile, $$"""{"profiles":{"a":{"key":{{Secret}} } } }""");

        var ran = await _tool.RunAsync("list");

        Assert.Equal(2, ran.Code);
        Assert.Contains("profiles.json", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, "There is no profile 'nowhere'", "list", "--profile", "nowhere")]
    [InlineData(6, "There is no profile 'nowhere'", "profile", "use", "nowhere")]
    [InlineData(2, "http or https address", "list", "--server", "ftp://x")]
    [InlineData(2, "Name the server", "profile", "set", "new")]
    [InlineData(2, "The name of a profile", "profile", "set", "a b", "--server", "http://localhost")]
    [InlineData(2, "exclude each other", "list", "--server", "http://localhost", "--profile", "a")]
    public async Task What_does_not_fit_is_explained(int code, string text, params string[] args)
    {
        var ran = await _tool.RunAsync(args);

        Assert.Equal(code, ran.Code);
        Assert.Contains(text, ran.Error, StringComparison.Ordinal);
    }

    private async Task AsksAsync(string server, string? key, params string[] args)
    {
        Assert.Equal(0, (await _tool.RunAsync(["list", .. args])).Code);
        Assert.Equal(server, _tool.Api.Address!.GetLeftPart(UriPartial.Authority));
        Assert.Equal(key is null ? null : $"Bearer {key}", _tool.Api.Authorization);
    }
}
