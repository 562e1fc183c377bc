using System.IO.Compression;
using System.Net;

namespace TasksBus.LocalLambda.Tests;

/// <summary>How functions are listed and looked at.</summary>
public sealed class DeployListTests : DeployedTest
{
    private const string Source = "export const handler = async () => 1;";

    [Fact]
    public async Task Deployed_functions_and_folders_are_listed_by_name_page_by_page()
    {
        Write("b-folder", Source, """{"timeout":60,"memory":64,"environment":{"A":"1"}}""");
        Directory.CreateDirectory(Path.Combine(Root, "empty"));
        await DeployAsync("c", Source);
        await DeployAsync("a", Source);

        var all = await CallAsync(HttpMethod.Get, Functions + "/");
        Assert.Equal(["a", "b-folder", "c"], Names(all));
        Assert.Equal("", all.Text("NextMarker"));
        var first = await CallAsync(HttpMethod.Get, Functions + "?MaxItems=2");
        Assert.Equal(["a", "b-folder"], Names(first));
        var second = await CallAsync(HttpMethod.Get, $"{Functions}?MaxItems=2&Marker={Uri.EscapeDataString(first.Text("NextMarker")!)}");
        Assert.Equal(["c"], Names(second));
        Assert.Equal("", second.Text("NextMarker"));

        var folder = await LookAsync("b-folder");
        Assert.Equal(
            ["60", "64", "nodejs", "Active", "Successful"],
            new[] { "Timeout", "MemorySize", "Runtime", "State", "LastUpdateStatus" }.Select(folder.Text));
        Assert.Equal("""{"Variables":{"A":"1"}}""", folder.Text("Environment"));
        Write("b-folder", Source + "// longer");
        Assert.NotEqual(folder.Text("CodeSha256"), (await LookAsync("b-folder")).Text("CodeSha256"));
    }

    [Theory]
    [InlineData("?MaxItems=0", "ValidationException")]
    [InlineData("?MaxItems=10001", "ValidationException")]
    [InlineData("?MaxItems=many", "ValidationException")]
    [InlineData("?Marker=*", "InvalidParameterValueException")]
    [InlineData("?FunctionVersion=1", "ValidationException")]
    public async Task A_page_that_cannot_be_is_refused(string query, string type) =>
        AssertRefused(await CallAsync(HttpMethod.Get, Functions + query), 400, type, "");

    [Fact]
    public async Task There_is_one_version_and_its_ARN_says_so_where_it_is_asked_for()
    {
        await DeployAsync("one", Source);
        const string arn = "arn:aws:lambda:us-east-1:000000000000:function:one";
        var versions = (await CallAsync(HttpMethod.Get, $"{Functions}/one/versions")).Json.GetProperty("Versions");
        Assert.Equal($"{arn}:$LATEST", versions[0].GetProperty("FunctionArn").GetString());
        Assert.Equal(1, versions.GetArrayLength());
        Assert.Equal(arn, (await LookAsync("one")).Text("FunctionArn"));
        Assert.Equal(arn, (await LookAsync(Uri.EscapeDataString(arn))).Text("FunctionArn"));
        Assert.Equal(
            $"{arn}:$LATEST", (await CallAsync(HttpMethod.Get, $"{Functions}/one/configuration?Qualifier=%24LATEST")).Text("FunctionArn"));
        AssertRefused(
            await CallAsync(HttpMethod.Get, $"{Functions}/one/configuration?Qualifier=7"), 404, "ResourceNotFoundException",
            "Function not found");
        AssertRefused(
            await CallAsync(HttpMethod.Delete, $"{Functions}/one?Qualifier=%24LATEST"), 400, "InvalidParameterValueException",
            "$LATEST version cannot be deleted");
    }

    [Fact]
    public async Task The_code_can_be_downloaded_with_the_link_that_GetFunction_gives()
    {
        var zip = Zip(("index.mjs", Source));
        await DeployAsync(Creation("code", zip));
        Write("folder", Source);
        using var client = new HttpClient();
        Assert.Equal(zip, await client.GetByteArrayAsync(await LocationAsync("code")));

        using var folder = new ZipArchive(await client.GetStreamAsync(await LocationAsync("folder")));
        using var index = new StreamReader(folder.Entries.Single().Open());
        Assert.Equal(Source, await index.ReadToEndAsync());

        var link = await LocationAsync("code");
        foreach (var bad in new[]
        {
            link[..^1] + (link[^1] == '0' ? '1' : '0'), link.Replace("Expires=", "Expires=9", StringComparison.Ordinal),
            link.Replace("/code/code/", "/code/folder/", StringComparison.Ordinal), link.Split('?')[0],
        })
        {
            using var refused = await client.GetAsync(bad);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
    }

    [Fact]
    public async Task The_account_says_what_there_may_be_and_what_there_is()
    {
        var zip = Zip(("index.mjs", Source));
        await DeployAsync(Creation("one", zip));
        Write("folder", Source);
        var account = (await CallAsync(HttpMethod.Get, "/2016-08-19/account-settings/")).Json;
        Assert.Equal(52_428_800, account.GetProperty("AccountLimit").GetProperty("CodeSizeZipped").GetInt64());
        Assert.Equal(zip.Length, account.GetProperty("AccountUsage").GetProperty("TotalCodeSize").GetInt64());
        Assert.Equal(2, account.GetProperty("AccountUsage").GetProperty("FunctionCount").GetInt64());
    }

    private async Task<string> LocationAsync(string name) =>
        (await CallAsync(HttpMethod.Get, $"{Functions}/{name}")).Json.GetProperty("Code").GetProperty("Location").GetString()!;

    private static IEnumerable<string> Names(Answer answer) =>
        answer.Json.GetProperty("Functions").EnumerateArray().Select(function => function.GetProperty("FunctionName").GetString()!);
}
