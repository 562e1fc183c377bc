using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Links that lead in circles, and packages that could end a server.</summary>
public sealed class LinkTests : DeployedTest
{
    private const string Invalid = "InvalidParameterValueException";
    private const string Source = "export const handler = async () => 1;";

    [Theory]
    [InlineData("a/b/link", "..", "a folder above itself")]
    [InlineData("a/b/link", "../..", "a folder above itself")]
    [InlineData("a/b/link", ".", "a folder above itself")]
    [InlineData("a/b/link", "./../b/./", "a folder above itself")]
    [InlineData("a/b/link", "../../to-a", "a folder above itself")]
    [InlineData("round", "round", "round in circles")]
    public async Task A_link_to_a_folder_above_itself_is_refused(string name, string target, string message) => AssertRefused(
        await CreateAsync(Creation("evil", Zip(
            new ZipItem("index.mjs", Source), new ZipItem("a/b/file"), new ZipItem("to-a", "a", ZipItem.Link),
            new ZipItem(name, target, ZipItem.Link)))),
        400, Invalid, message);

    [Theory]
    [InlineData("a/link", "../b")]
    [InlineData("a/link", "../index.mjs")]
    [InlineData("link", "a/none")]
    [InlineData("a/link", "../a2")]
    public async Task Another_link_is_kept(string name, string target)
    {
        await DeployAsync(Creation("fine", Zip(new ZipItem("index.mjs", $"import {{ readlinkSync }} from 'node:fs'; "
            + $"export const handler = async () => readlinkSync('{name}');"),
            new ZipItem("a/file"), new ZipItem("b/file"), new ZipItem(name, target, ZipItem.Link))));
        Assert.Equal($"\"{target}\"", (await InvokeAsync("fine")).Value);
    }

    [Fact]
    public async Task A_package_of_an_older_server_with_links_to_above_is_not_unpacked()
    {
        await DeployAsync("old", Source);
        await Server.DisposeAsync();
        var links = Enumerable.Range(0, 100).Select(i => new ZipItem($"a/b/link{i}", "..", ZipItem.Link));
        File.WriteAllBytes(
            Directory.GetFiles(Path.Combine(Storage, "code"), "*.zip").Single(), Zip([new ZipItem("index.mjs", Source), .. links]));
        Edit("old", stored => stored["Current"]!["State"] = "Pending");
        await RestartAsync();
        Assert.Contains(
            "a folder above itself", (await UntilDoneAsync("old").WaitAsync(Patience)).Text("StateReason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_walk_over_a_functions_folder_follows_links()
    {
        Write("round", Source);
        for (var i = 0; i < 100; i++)
        {
            Directory.CreateSymbolicLink(Path.Combine(Root, "round", $"link{i}"), ".");
        }

        Assert.Equal("1", (await InvokeAsync("round").WaitAsync(Patience)).Value);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(HttpMethod.Get, $"{Functions}/round").WaitAsync(Patience)).Status);
        var code = (await CallAsync(HttpMethod.Get, $"{Functions}/round")).Json.GetProperty("Code").GetProperty("Location").GetString()!;
        using var zip = new ZipArchive(await Client.GetStreamAsync(new Uri(code)));
        Assert.Equal(["index.mjs"], zip.Entries.Select(static entry => entry.FullName));
    }

    [Fact]
    public async Task Giving_and_removing_a_folder_stay_inside_it()
    {
        var outside = Directory.CreateDirectory(Path.Combine(Root, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "file"), "");
        var folder = Directory.CreateDirectory(Path.Combine(Root, "folder", "inner")).Parent!.FullName;
        for (var i = 0; i < 100; i++)
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, "inner", $"link{i}"), "..");
        }

        Directory.CreateSymbolicLink(Path.Combine(folder, "out"), outside);
        var mode = ModeOf(Path.Combine(outside, "file"));
        await Task.Run(() => Disk.HandToGroup(folder, Disk.OwnerOf(folder)!.Value)).WaitAsync(Patience);
        Assert.Equal(mode, ModeOf(Path.Combine(outside, "file")));
        Disk.DeleteOwn(folder);
        Assert.False(Directory.Exists(folder));
        Assert.True(File.Exists(Path.Combine(outside, "file")));
    }

    [Theory]
    [InlineData("Pending")]
    [InlineData("Active")]
    public async Task A_package_that_three_servers_have_not_survived_is_not_tried_again(string state)
    {
        await DeployAsync("heavy", Source);
        await Server.DisposeAsync();
        var zip = Directory.GetFiles(Path.Combine(Storage, "code")).Single();
        await File.WriteAllTextAsync(Path.ChangeExtension(zip, ".unpacking"), "..."); // as servers leave it that are killed meanwhile
        Edit("heavy", stored => stored["Current"]!["State"] = state);
        await RestartAsync();
        const string reason = "does not try again";
        if (state == "Pending")
        {
            Assert.Contains(reason, (await UntilDoneAsync("heavy")).Text("StateReason"), StringComparison.Ordinal);
        }
        else
        {
            AssertRefused(await InvokeAsync("heavy"), 502, "InvalidZipFileException", reason);
        }

        await UpdateCodeAsync("heavy", Zip(("index.mjs", "export const handler = async () => 2;")));
        await UntilDoneAsync("heavy");
        Assert.Equal("2", (await InvokeAsync("heavy")).Value);
        await EventuallyAsync(() => Directory.GetFiles(Path.Combine(Storage, "code")).Length == 1, "nothing of the first is left");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_whose_servers_were_killed_less_often_is_tried_again(int kills)
    {
        await DeployAsync("unlucky", Source);
        await Server.DisposeAsync();
        var mark = Path.ChangeExtension(Directory.GetFiles(Path.Combine(Storage, "code")).Single(), ".unpacking");
        await File.WriteAllTextAsync(mark, new string('.', kills));
        var attempts = 0L;
        Options.BeforeUnpacking = () =>
        {
            attempts = new FileInfo(mark).Length; // what stays where this one is killed as well
            return Task.CompletedTask;
        };

        await RestartAsync();

        Assert.Equal("1", (await InvokeAsync("unlucky")).Value);
        Assert.Equal(kills + 1, attempts);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task Folders_that_are_only_parts_of_names_count_too() => AssertRefused(
        await CreateAsync(Creation(
            "deep",
            Zip(Enumerable.Range(0, 210).Select(i => new ZipItem($"{i}/{string.Join('/', Enumerable.Repeat("a", 490))}")).ToArray()))),
        400, Invalid, "100000 files and folders");

    private void Edit(string name, Action<JsonObject> change)
    {
        var file = Path.Combine(Storage, "functions", name + ".json");
        var stored = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(stored);
        File.WriteAllText(file, stored.ToJsonString());
    }
}
