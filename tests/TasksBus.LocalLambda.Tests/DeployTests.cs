using System.Net;
using System.Text.Json.Nodes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>The life of a deployed function.</summary>
public sealed class DeployTests : DeployedTest
{
    private const string Echo = "export const handler = async event => event;";
    private TaskCompletionSource _unpack = Released();

    protected override void Configure(LocalLambdaOptions options) => options.BeforeUnpacking = () => _unpack.Task;

    [Fact]
    public async Task A_function_is_pending_until_its_code_is_unpacked_then_active_and_runs()
    {
        var zip = Zip(("index.mjs", Echo));
        var creation = Creation("echo", zip);
        creation.Remove("Timeout");
        var created = await CreateAsync(creation);
        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(
            ["Pending", "The function is being created.", "Creating"],
            new[] { "State", "StateReason", "StateReasonCode" }.Select(created.Text));
        Assert.Null(created.Text("LastUpdateStatus"));
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:echo", created.Text("FunctionArn"));
        Assert.Equal($"{zip.Length}", created.Text("CodeSize"));
        Assert.Equal(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(zip)), created.Text("CodeSha256"));
        Assert.Equal(["3", "128", "$LATEST", "Zip"], new[] { "Timeout", "MemorySize", "Version", "PackageType" }.Select(created.Text));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$", created.Text("LastModified"));

        var active = await UntilDoneAsync("echo");
        Assert.Equal(["Active", "Successful", null], new[] { "State", "LastUpdateStatus", "StateReason" }.Select(active.Text));
        Assert.Equal(created.Text("RevisionId"), active.Text("RevisionId"));
        Assert.Equal("""{"a":1}""", (await InvokeAsync("echo", """{"a":1}""")).Value);
        Assert.Equal(HttpStatusCode.NoContent, (await InvokeAsync("echo", type: "DryRun")).Status);
    }

    [Theory]
    [InlineData("src/app.handler", "src/app.mjs", "export const handler = async () => 'it ran';")]
    [InlineData("app.run", "app.cjs", "exports.run = async () => 'it ran';")]
    [InlineData("app.deep.run", "app.js", "module.exports.deep = { run: async () => 'it ran' };")]
    public async Task The_handler_says_which_file_and_export_it_is(string handler, string file, string source)
    {
        await DeployAsync("named", source, file, handler: handler);
        Assert.Equal("\"it ran\"", (await InvokeAsync("named")).Value);
    }

    [Fact]
    public async Task A_function_that_is_not_active_yet_can_be_neither_invoked_nor_changed()
    {
        _unpack = new();
        Assert.Equal("Pending", (await CreateAsync(Creation("slow", Zip(("index.mjs", Echo))))).Text("State"));
        var invoked = await InvokeAsync("slow");
        var changed = await ConfigureAsync("slow", new() { ["Timeout"] = 5 });
        AssertRefused(invoked, 409, "ResourceConflictException", "The function is currently in the following state: Pending");
        AssertRefused(changed, 409, "ResourceConflictException", "The function is currently in the following state: Pending");
        _unpack.SetResult();
        await UntilDoneAsync("slow");
        Assert.Equal("1", (await InvokeAsync("slow", "1")).Value);
    }

    [Fact]
    public async Task An_update_is_in_progress_while_the_function_runs_as_before_and_only_one_goes_on_at_a_time()
    {
        await DeployAsync("changes", "export const handler = async () => 1;");
        var slow = Zip(("index.mjs", "export const handler = async () => 2;"));
        _unpack = new();
        var updating = await UpdateCodeAsync("changes", slow);
        var meanwhile = await InvokeAsync("changes");
        var other = await ConfigureAsync("changes", new() { ["Timeout"] = 5 });
        Assert.Equal(["Active", "InProgress"], new[] { "State", "LastUpdateStatus" }.Select(updating.Text));
        Assert.Equal($"{slow.Length}", updating.Text("CodeSize"));
        Assert.Equal("1", meanwhile.Value);
        AssertRefused(
            other, 409, "ResourceConflictException",
            "An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:changes");

        _unpack.SetResult();
        Assert.Equal("Successful", (await UntilDoneAsync("changes")).Text("LastUpdateStatus"));
        Assert.Equal("2", (await InvokeAsync("changes")).Value);
        Assert.Single(Directory.GetFiles(Path.Combine(Storage, "code")));
    }

    [Fact]
    public async Task What_runs_during_an_update_ends_with_the_code_it_began_with()
    {
        var gate = Path.Combine(Path.GetTempPath(), $"gate-{Guid.NewGuid():N}");
        await DeployAsync(Creation("gate", Zip(
            ("index.mjs", $$"""
            import { existsSync, writeFileSync } from 'node:fs';
            import { setTimeout } from 'node:timers/promises';
            export const handler = async () => {
              writeFileSync('{{gate}}.arrived', '');
              while (!existsSync('{{gate}}')) await setTimeout(5);
              return (await import('./late.mjs')).version;
            };
            """),
            ("late.mjs", "export const version = 'old';"))).With("Timeout", 60));
        var running = InvokeAsync("gate");
        await EventuallyAsync(() => File.Exists(gate + ".arrived"), "it is running");
        await UpdateCodeAsync("gate", Zip(("index.mjs", "export const handler = async () => 'new';")));
        await UntilDoneAsync("gate");
        Assert.Equal("\"new\"", (await InvokeAsync("gate")).Value);
        await File.WriteAllTextAsync(gate, "");
        Assert.Equal("\"old\"", (await running).Value);
        File.Delete(gate);
        File.Delete(gate + ".arrived");
    }

    [Fact]
    public async Task Settings_that_are_changed_count_from_the_next_invocation_and_others_stay()
    {
        await DeployAsync(Creation(
            "set", Zip(("index.mjs", "export const handler = async (e, c) => [process.env.AA, process.env.BB, c.memoryLimitInMB];")))
            .With("Environment", new JsonObject { ["Variables"] = new JsonObject { ["AA"] = "it's \"1\"\n$HOME ü" } })
            .With("Description", "first"));
        Assert.Equal("it's \"1\"\n$HOME ü", (await InvokeAsync("set")).Json[0].GetString());

        var changed = await ConfigureAsync("set", new()
        {
            ["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["BB"] = "2" } },
            ["MemorySize"] = 256,
            ["Timeout"] = 900,
        });
        Assert.Equal("InProgress", changed.Text("LastUpdateStatus"));
        var done = await UntilDoneAsync("set");
        Assert.Equal(
            ["256", "900", "first", "index.handler", Role],
            new[] { "MemorySize", "Timeout", "Description", "Handler", "Role" }.Select(done.Text));
        Assert.Equal("""[null,"2","256"]""", (await InvokeAsync("set")).Value);
    }

    [Fact]
    public async Task A_change_for_another_revision_is_refused()
    {
        await DeployAsync("echo", Echo);
        var revision = (await LookAsync("echo")).Text("RevisionId");
        AssertRefused(
            await ConfigureAsync("echo", new() { ["Timeout"] = 5, ["RevisionId"] = Guid.NewGuid().ToString() }), 412,
            "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id");
        Assert.Equal(HttpStatusCode.OK, (await ConfigureAsync("echo", new() { ["Timeout"] = 5, ["RevisionId"] = revision })).Status);
        var done = await UntilDoneAsync("echo");
        Assert.Equal("5", done.Text("Timeout"));
        Assert.NotEqual(revision, done.Text("RevisionId"));
    }

    [Fact]
    public async Task A_dry_run_of_an_update_says_what_it_would_be_and_changes_nothing()
    {
        await DeployAsync("echo", Echo);
        var before = (await LookAsync("echo")).Body;
        var zip = Zip(("index.mjs", "export const handler = 1;"));
        var answer = await CallAsync(
            HttpMethod.Put, $"{Functions}/echo/code", new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip), ["DryRun"] = true });
        Assert.Equal($"{zip.Length}", answer.Text("CodeSize"));
        Assert.Equal(before, (await LookAsync("echo")).Body);
    }

    [Fact]
    public async Task A_function_that_is_deleted_is_gone_from_the_disk_too_and_its_name_is_free()
    {
        await DeployAsync("echo", Echo);
        await InvokeAsync("echo", "1");
        Assert.Equal(HttpStatusCode.NoContent, (await CallAsync(HttpMethod.Delete, $"{Functions}/echo")).Status);
        AssertRefused(
            await InvokeAsync("echo"), 404, "ResourceNotFoundException",
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:echo");
        AssertRefused(await LookAsync("echo"), 404, "ResourceNotFoundException", "Function not found");
        Assert.Empty(Directory.GetFiles(Path.Combine(Storage, "code")));
        Assert.Empty(Directory.GetFiles(Path.Combine(Storage, "functions")));

        await DeployAsync("echo", "export const handler = async () => 'another';");
        Assert.Equal("\"another\"", (await InvokeAsync("echo")).Value);
    }

    [Fact]
    public async Task An_event_runs_with_the_function_that_is_there_when_it_runs()
    {
        var seen = Path.Combine(Path.GetTempPath(), $"seen-{Guid.NewGuid():N}");
        await DeployAsync("late", $"import {{ writeFileSync, renameSync }} from 'node:fs'; "
            + $"export const handler = async e => {{ writeFileSync('{seen}.new', e.text); renameSync('{seen}.new', '{seen}'); }};");
        Assert.Equal(HttpStatusCode.Accepted, (await InvokeAsync("late", """{"text":"hello"}""", "Event")).Status);
        await EventuallyAsync(() => File.Exists(seen), "the event has been handled");
        Assert.Equal("hello", await File.ReadAllTextAsync(seen));
        File.Delete(seen);
    }

    [Theory]
    [InlineData("globalThis.kept = Buffer.alloc(300_000_000, 1); await new Promise(r => setTimeout(r, 60_000));")]
    [InlineData("execFileSync(process.execPath, ['-e', 'globalThis.kept = Buffer.alloc(300_000_000, 1); setTimeout(() => {}, 60_000)']);")]
    public async Task More_memory_than_it_may_have_ends_a_function_and_the_next_invocation_gets_another_process(string take)
    {
        await DeployAsync(Creation("large", Zip(("index.mjs", $"import {{ execFileSync }} from 'node:child_process'; "
            + $"export const handler = async e => {{ if (e) {{ {take} }} return 'small'; }};"))).With("Timeout", 30));
        var answer = (await InvokeAsync("large", "1")).Failed();
        Assert.Equal("Runtime.OutOfMemory", answer.ErrorType);
        Assert.Equal($"RequestId: {answer.RequestId} Error: Runtime exited with error: signal: killed", answer.ErrorMessage);
        Assert.Equal("\"small\"", (await InvokeAsync("large", "0")).Value);
    }

    [Fact]
    public async Task Modes_links_and_folders_of_the_zip_are_kept()
    {
        const string source = """
            import { execFileSync } from 'node:child_process';
            import { readlinkSync, statSync, readFileSync } from 'node:fs';
            export const handler = async () => [
              execFileSync('./bin/tool', { encoding: 'utf8' }), readlinkSync('lib/link'), readFileSync('lib/link', 'utf8'),
              (statSync('data.txt').mode & 0o111) === 0, statSync('empty').isDirectory()];
            """;
        await DeployAsync(Creation("files", Zip(
            new ZipItem("index.mjs", source), new ZipItem("bin/tool", "#!/bin/sh\necho ran", ZipItem.Executable),
            new ZipItem("data.txt", "text"),
            new ZipItem("empty/", Mode: 0x41ED), new ZipItem("lib/link", "../data.txt", ZipItem.Link))));
        Assert.Equal("""["ran\n","../data.txt","text",true,true]""", (await InvokeAsync("files")).Value);
    }

    private static TaskCompletionSource Released()
    {
        var released = new TaskCompletionSource();
        released.SetResult();
        return released;
    }
}

internal static class Creations
{
    public static JsonObject With(this JsonObject creation, string name, JsonNode? value)
    {
        creation[name] = value;
        return creation;
    }
}
