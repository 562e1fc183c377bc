using System.Net;
using System.Text.Json.Nodes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>What is deployed stays, whatever happens in between.</summary>
public sealed class StorageTests : DeployedTest
{
    private const string Source = "export const handler = async e => [e, process.env.AA];";

    [Fact]
    public async Task A_function_survives_a_restart_with_all_its_settings()
    {
        await DeployAsync(Creation("kept", Zip(("index.mjs", Source))).With("Timeout", 77).With("Environment", JsonNode.Parse("""{"Variables":{"AA":"ü"}}""")));
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
        Assert.All(Directory.GetFiles(Storage, "*.*", SearchOption.AllDirectories), file => Assert.Equal((UnixFileMode)0, ModeOf(file) & others));
    }

    [Fact]
    public async Task Two_servers_do_not_share_a_store()
    {
        await DeployAsync("one", Source);
        var exception = await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(new() { FunctionsPath = Root, StoragePath = Storage, WithoutKeys = true }));
        Assert.Contains($"LocalLambda:StoragePath: '{Storage}' cannot be used", exception.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await LookAsync("one")).Status);
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
