using System.Net;
using System.Text.Json.Nodes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Deployed functions stay, whatever happens in between.</summary>
public sealed class StorageTests : DeployedTest
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Source = "export const handler = async e => [e, process.env.AA];";

    [Fact]
    public async Task A_function_survives_a_restart_with_all_its_settings()
    {
        await DeployAsync(Creation("kept", Zip(("index.mjs", Source)))
            .With("Timeout", 77).With("Environment", JsonNode.Parse("""{"Variables":{"AA":"ü"}}""")));
        await DeployAsync("Kept", "export const handler = async () => 'another, in spite of its name';");
        var before = (await LookAsync("kept")).Body;
        await RestartAsync();
        Assert.Equal(before, (await LookAsync("kept")).Body);
        Assert.Equal("""[1,"ü"]""", (await InvokeAsync("kept", "1")).Value);
        Assert.Equal("\"another, in spite of its name\"", (await InvokeAsync("Kept")).Value);
    }

    [Fact]
    public async Task What_was_under_way_when_the_server_was_killed_is_carried_out_and_what_it_left_half_written_is_removed()
    {
        await DeployAsync("one", Source);
        await DeployAsync("two", Source);
        await Server.DisposeAsync();
        var functions = Path.Combine(Storage, "functions");
        Edit(Path.Combine(functions, "one.json"), stored => stored["Current"]!["State"] = "Pending");
        Edit(Path.Combine(functions, "two.json"), stored =>
        {
            stored["Next"] = stored["Current"]!.DeepClone().AsObject().With("LastUpdateStatus", "InProgress").With("Timeout", 42);
        });
        await File.WriteAllTextAsync(Path.Combine(functions, "two.json.tmp"), "{\"Curr");
        await File.WriteAllTextAsync(Path.Combine(Storage, "code", "orphan.zip"), "");

        await RestartAsync();
        Assert.Equal("Active", (await UntilDoneAsync("one")).Text("State"));
        Assert.Equal("42", (await UntilDoneAsync("two")).Text("Timeout"));
        Assert.Equal("[1,null]", (await InvokeAsync("one", "1")).Value);
        Assert.Equal(["one.json", "two.json"], Directory.GetFiles(functions).Select(Path.GetFileName).Order());
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Storage, "code")).Length);
    }

    [Fact]
    public async Task Only_the_servers_user_may_read_what_is_stored()
    {
        await DeployAsync("secret", Source);
        const UnixFileMode others = (UnixFileMode)0b000_111_111;
        Assert.Equal((UnixFileMode)0, ModeOf(Storage) & others);
        Assert.All(
            Directory.GetFiles(Storage, "*.*", SearchOption.AllDirectories), file => Assert.Equal((UnixFileMode)0, ModeOf(file) & others));
    }

    [Fact]
    public async Task Two_servers_do_not_share_a_store()
    {
        await DeployAsync("one", Source);
        var exception = await Assert.ThrowsAsync<LocalLambdaStartException>(
            () => LocalLambdaServer.StartAsync(new() { FunctionsPath = Root, StoragePath = Storage, WithoutKeys = true }));
        Assert.Contains($"LocalLambda:StoragePath: '{Storage}' cannot be used", exception.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await LookAsync("one")).Status);
    }

    [Fact]
    public async Task A_second_server_beside_the_first_is_refused_also_before_anything_is_deployed()
    {
        var exception = await Assert.ThrowsAsync<LocalLambdaStartException>(
            () => LocalLambdaServer.StartAsync(new() { FunctionsPath = Root, StoragePath = Storage, WithoutKeys = true }));
        Assert.Contains($"LocalLambda:StoragePath: '{Storage}' cannot be used", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_open_to_others_is_closed_where_it_is_empty_or_ours()
    {
        await DeployAsync("one", Source);
        await Server.DisposeAsync();
        OpenToAll(Storage);
        OpenToAll(Path.Combine(Storage, "functions"));
        await RestartAsync();
        Assert.Equal(Private, ModeOf(Storage));
        Assert.Equal(Private, ModeOf(Path.Combine(Storage, "functions")));

        var options = Other();
        OpenToAll(Directory.CreateDirectory(options.StoragePath).FullName);
        await using var other = await LocalLambdaServer.StartAsync(options);
        Assert.Equal(Private, ModeOf(options.StoragePath));
    }

    [Fact]
    public async Task A_folder_that_holds_other_things_is_left_alone()
    {
        var options = Other();
        var code = Directory.CreateDirectory(Path.Combine(options.StoragePath, "code")).FullName;
        OpenToAll(options.StoragePath);
        await File.WriteAllTextAsync(Path.Combine(code, "somebodys.cs"), "");
        var refusal = await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(options));
        Assert.Contains("it holds other things", refusal.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(code, "somebodys.cs")));
        Assert.NotEqual(Private, ModeOf(options.StoragePath));
    }

    [Fact]
    public async Task Folders_above_that_it_makes_are_for_its_user_only_too()
    {
        var options = Other();
        options.StoragePath = Path.Combine(Root, ".new", "inner", "lambda");
        await using var other = await LocalLambdaServer.StartAsync(options);
        Assert.Equal(Private, ModeOf(Path.Combine(Root, ".new")));
        Assert.Equal(Private, ModeOf(Path.Combine(Root, ".new", "inner")));
    }

    [RootFact]
    public async Task What_another_user_has_made_among_the_temporary_files_is_not_removed()
    {
        var folder = Path.Combine("/tmp", $"tasksbus-locallambda-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "lock"), "");
            Deployments.Disk.Own(folder, 12_345, 12_345);
            await RestartAsync();
            Assert.True(File.Exists(Path.Combine(folder, "lock")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_said_at_the_start()
    {
        await DeployAsync("one", Source);
        await Server.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Storage, "functions", "one.json"), "{");
        await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(Options));
    }

    [Fact]
    public async Task Functions_deployed_at_the_same_time_are_all_kept()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => DeployAsync($"f{i}", $"export const handler = async () => {i};")));
        await RestartAsync();
        foreach (var i in Enumerable.Range(0, 20))
        {
            Assert.Equal("Active", (await LookAsync($"f{i}")).Text("State"));
        }

        Assert.Equal("7", (await InvokeAsync("f7")).Value);
    }

    private static void Edit(string file, Action<JsonObject> change)
    {
        var stored = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(stored);
        File.WriteAllText(file, stored.ToJsonString());
    }
}
