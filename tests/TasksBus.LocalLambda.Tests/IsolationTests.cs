namespace TasksBus.LocalLambda.Tests;

/// <summary>What one function can learn about another function and about the server.</summary>
public sealed class IsolationTests : DeployedTest
{
    private const string Reader = """
        import { readFileSync, readdirSync } from 'node:fs';
        export const handler = async paths => paths.map(path => {
          try { return (path.endsWith('/') ? readdirSync(path) : readFileSync(path)).length; } catch (error) { return error.code; }
        });
        """;

    private const string Victim = """
        import { writeFileSync } from 'node:fs';
        export const handler = async () => {
          writeFileSync(process.env.TMPDIR + '/secret', 'secret');
          return {
            root: process.env.LAMBDA_TASK_ROOT, tmp: process.env.TMPDIR, uid: process.getuid(), groups: process.getgroups(),
            pid: process.pid };
        };
        """;

    [RootFact]
    public async Task A_deployed_function_reads_neither_another_ones_files_nor_the_store_nor_the_servers_environment()
    {
        await DeployAsync("reader", Reader);
        await DeployAsync("victim", Victim);
        var victim = (await InvokeAsync("victim")).Json;
        var (root, tmp, uid) =
            (victim.GetProperty("root").GetString(), victim.GetProperty("tmp").GetString(), victim.GetProperty("uid").GetInt32());
        Assert.NotEqual(0, uid);
        Assert.Equal($"[{uid}]", victim.GetProperty("groups").ToString());
        string[] paths =
        [
            $"{root}/index.mjs", $"{root}/", $"{tmp}/secret", $"{tmp}/", $"{Storage}/", $"{Storage}/functions/victim.json",
            $"{Path.GetDirectoryName(root)}/",
            $"/proc/{Environment.ProcessId}/environ", $"/proc/{victim.GetProperty("pid")}/environ", "/etc/shadow",
        ];
        Assert.Equal($"[{string.Join(',', paths.Select(_ => "\"EACCES\""))}]", (await ReadAsync("reader", paths)).Value);
    }

    [RootFact]
    public async Task A_function_of_a_folder_reads_neither_a_deployed_ones_files_nor_the_servers_environment()
    {
        Write("folder", Reader);
        await DeployAsync("victim", Victim);
        var victim = (await InvokeAsync("victim")).Json;
        string[] paths = [
            $"{victim.GetProperty("tmp").GetString()}/secret", $"/proc/{Environment.ProcessId}/environ",
            $"/proc/{victim.GetProperty("pid")}/environ"];
        Assert.Equal("""["EACCES","EACCES","EACCES"]""", (await ReadAsync("folder", paths)).Value);
    }

    [RootFact]
    public async Task A_deployed_function_can_change_neither_its_code_nor_end_the_server()
    {
        await DeployAsync("tries", $$"""
            import { writeFileSync } from 'node:fs';
            const attempt = what => { try { what(); return 'done'; } catch (error) { return error.code; } };
            export const handler = async () => [
              attempt(() => writeFileSync('index.mjs', '')), attempt(() => process.kill({{Environment.ProcessId}}, 0)),
              attempt(() => process.setuid(0))];
            """);
        Assert.Equal("""["EACCES","EPERM","EPERM"]""", (await InvokeAsync("tries")).Value);
    }

    [RootFact]
    public async Task Its_variables_reach_a_function_and_not_the_programs_that_make_it_another_user()
    {
        // The loader prints a complaint in every program that has this variable.
        await DeployAsync(Creation("loader", Zip(("index.mjs", "export const handler = async () => process.env.LD_PRELOAD;")))
            .With("Environment", System.Text.Json.Nodes.JsonNode.Parse("""{"Variables":{"LD_PRELOAD":"/no/such/library.so"}}""")));
        var answer = await InvokeAsync("loader", tail: true);
        Assert.Equal("\"/no/such/library.so\"", answer.Value);
        Assert.Equal(2, answer.Log.Split("/no/such/library.so").Length);
    }

    [RootFact]
    public async Task Nobody_but_the_functions_user_may_speak_to_its_Runtime_API()
    {
        await DeployAsync(
            "api", "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_RUNTIME_API']", "app.py", "python3.11",
            "app.handler");
        var address = (await InvokeAsync("api")).Json.GetString();
        using var client = new HttpClient();
        await Assert.ThrowsAnyAsync<HttpRequestException>(
            () => client.GetAsync(new Uri($"http://{address}/2018-06-01/runtime/invocation/next")));
        Assert.Equal(address, (await InvokeAsync("api")).Json.GetString());
    }

    private Task<Answer> ReadAsync(string name, string[] paths) => InvokeAsync(name, System.Text.Json.JsonSerializer.Serialize(paths));
}
