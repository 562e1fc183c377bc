using System.Diagnostics;

namespace TasksBus.LocalLambda.Tests;

public class ErrorTests : LambdaTest
{
    [Theory]
    [InlineData("async () => { throw new TypeError('boom'); }", "TypeError", "boom")]
    [InlineData("() => { throw new Error('boom'); }", "Error", "boom")]
    [InlineData("(e, c, callback) => callback(new RangeError('boom'))", "RangeError", "boom")]
    [InlineData("(e, c, callback) => callback('boom')", "string", "boom")]
    [InlineData("(e, c) => c.fail(new Error('boom'))", "Error", "boom")]
    [InlineData("() => Promise.reject(new Error('boom'))", "Error", "boom")]
    [InlineData("async () => { throw 'boom'; }", "string", "boom")]
    [InlineData("async () => { throw 42; }", "number", "42")]
    [InlineData("async () => { throw null; }", "object", "null")]
    [InlineData("async () => { throw undefined; }", "undefined", "undefined")]
    [InlineData("async () => { throw { code: 7 }; }", "object", "{ code: 7 }")]
    [InlineData("async () => { throw Object.assign(new Error('boom'), { name: 'MyError' }); }", "MyError", "boom")]
    [InlineData(
        "async () => { throw Object.defineProperty(new Error(), 'message', { get() { throw 1; } }); }", "handled",
        "The error could not be read: its message, name or stack throws.")]
    public async Task What_a_function_throws_is_reported(string handler, string type, string message)
    {
        Write("fails", $"export const handler = {handler};");
        for (var i = 0; i < 2; i++)
        {
            var answer = (await InvokeAsync("fails")).Failed();
            Assert.Equal(type, answer.ErrorType);
            Assert.Equal(message, answer.ErrorMessage);
        }
    }

    [Fact]
    public async Task The_trace_shows_the_functions_own_lines_only()
    {
        Write("fails", "const inner = () => { throw new Error('boom'); };\nexport const handler = async () => inner();");
        var trace = (await InvokeAsync("fails"))
            .Failed().Json.GetProperty("trace").EnumerateArray().Select(line => line.GetString()!).ToList();
        Assert.Equal("Error: boom", trace[0]);
        Assert.Contains("index.mjs:1:", trace[1], StringComparison.Ordinal);
        Assert.DoesNotContain(trace, line => line.Contains("bootstrap", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_keeps_the_process()
    {
        Write("fails", "export const handler = async () => { throw new Error(String(process.pid)); };");
        Assert.Equal((await InvokeAsync("fails")).ErrorMessage, (await InvokeAsync("fails")).ErrorMessage);
    }

    [Theory]
    [InlineData("setTimeout(() => { throw new TypeError('boom'); }, 1)", "TypeError", "boom")]
    [InlineData("Promise.reject(new Error('boom'))", "Runtime.UnhandledPromiseRejection", "boom")]
    [InlineData("Promise.reject('boom')", "Runtime.UnhandledPromiseRejection", "boom")]
    [InlineData("Promise.reject(undefined)", "Runtime.UnhandledPromiseRejection", "undefined")]
    public async Task What_nobody_catches_fails_the_invocation_and_ends_the_process(string code, string type, string message)
    {
        Write("uncaught", $$"""
            export const handler = bad => new Promise(resolve => {
              if (bad) { {{code}}; setTimeout(resolve, 10_000); } else resolve(process.pid);
            });
            """);
        var before = (await InvokeAsync("uncaught", "false")).Value;
        var answer = (await InvokeAsync("uncaught", "true")).Failed();
        Assert.Equal(type, answer.ErrorType);
        Assert.Equal(message, answer.ErrorMessage);
        Assert.NotEqual(before, (await InvokeAsync("uncaught", "false")).Value);
        await EventuallyAsync(() => !IsAlive(int.Parse(before)), "the process has ended");
    }

    [Theory]
    [InlineData("process.exit(3)", "Error: Runtime exited with error: exit status 3")]
    [InlineData("process.exit(0)", "Error: Runtime exited without providing a reason")]
    [InlineData("process.kill(process.pid, 'SIGKILL')", "Error: Runtime exited with error: signal: killed")]
    [InlineData("process.abort()", "Error: Runtime exited with error: signal: aborted")]
    public async Task An_exit_is_reported(string code, string message)
    {
        Write("exits", $"export const handler = async () => {{ {code}; await new Promise(r => setTimeout(r, 10_000)); }};");
        var answer = (await InvokeAsync("exits")).Failed();
        Assert.Equal("Runtime.ExitError", answer.ErrorType);
        Assert.Equal($"RequestId: {answer.RequestId} {message}", answer.ErrorMessage);
        Assert.Equal(0, answer.Json.GetProperty("trace").GetArrayLength());
    }

    [Fact]
    public async Task Running_out_of_memory_is_an_exit()
    {
        Write(
            "memory", "export const handler = async () => { const all = []; for (;;) all.push(new Array(1000).fill(Math.random())); };",
            """{"memory":64,"timeout":120}""");
        var answer = (await InvokeAsync("memory", tail: true)).Failed();
        Assert.Equal("Runtime.ExitError", answer.ErrorType);
        Assert.Contains("Runtime exited with error: signal: aborted", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(Root, "memory"), "index*"));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Root, "memory")).Length); // no core file
    }

    [Theory]
    [InlineData("await new Promise(r => setTimeout(r, 60_000))")]
    [InlineData("while (true);")]
    public async Task A_function_that_takes_too_long_is_killed_with_all_that_it_started(string code)
    {
        var file = Path.Combine(Root, "pids.json");
        Write("slow", $$"""
            import { spawn } from 'node:child_process';
            import { writeFileSync } from 'node:fs';
            export const handler = async () => {
              const child = spawn('sleep', ['600'], { stdio: 'inherit' });
              writeFileSync('{{file}}', JSON.stringify([process.pid, child.pid]));
              console.log('here');
              {{code}}
            };
            """, """{"timeout":1}""");
        var watch = Stopwatch.StartNew();
        var answer = (await InvokeAsync("slow", tail: true)).Failed();
        Assert.InRange(watch.Elapsed.TotalSeconds, 1, 15);
        Assert.Equal("Sandbox.Timedout", answer.ErrorType);
        Assert.Equal($"RequestId: {answer.RequestId} Error: Task timed out after 1.00 seconds", answer.ErrorMessage);
        Assert.Contains("\tINFO\there\n", answer.Log, StringComparison.Ordinal);
        Assert.Contains($"{answer.RequestId} Task timed out after 1.00 seconds", answer.Log, StringComparison.Ordinal);
        var pids = System.Text.Json.JsonSerializer.Deserialize<int[]>(File.ReadAllText(file))!;
        await EventuallyAsync(() => !pids.Any(IsAlive), "the process and its child have ended");
    }

    [Theory]
    [InlineData("(() => { const a = {}; a.a = a; return a; })()")]
    [InlineData("({ big: 1n })")]
    [InlineData("({ toJSON() { throw new Error('no'); } })")]
    public async Task A_result_that_is_no_JSON_is_an_error(string result)
    {
        Write("marshal", $"export const handler = async () => {result};");
        var answer = (await InvokeAsync("marshal")).Failed();
        Assert.Equal("Runtime.MarshalError", answer.ErrorType);
        Assert.StartsWith("Unable to stringify response body", answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export const handler = async () => {", "Runtime.UserCodeSyntaxError", "SyntaxError: ")]
    [InlineData("import './nope.mjs';", "Runtime.ImportModuleError", "Error: Cannot find module")]
    [InlineData("import 'no-such-package';", "Runtime.ImportModuleError", "Error: Cannot find package 'no-such-package'")]
    [InlineData("export const other = 1;", "Runtime.HandlerNotFound", "index.handler is undefined or not exported")]
    [InlineData("export const handler = 1;", "Runtime.HandlerNotFound", "index.handler is not a function")]
    [InlineData("throw new TypeError('at load');", "TypeError", "at load")]
    [InlineData("await Promise.reject(new Error('at load'));", "Error", "at load")]
    [InlineData(
        "Promise.reject(new Error('at load')); export const handler = async () => 1;", "Runtime.UnhandledPromiseRejection", "at load")]
    [InlineData("process.exit(4);", "Runtime.ExitError", "RequestId: ")]
    public async Task A_function_that_cannot_be_loaded_fails_until_it_is_mended(string source, string type, string message)
    {
        Write("broken", source);
        for (var i = 0; i < 2; i++)
        {
            var answer = (await InvokeAsync("broken")).Failed();
            Assert.Equal(type, answer.ErrorType);
            Assert.StartsWith(message, answer.ErrorMessage, StringComparison.Ordinal);
        }

        Write("broken", "export const handler = async () => 'mended';");
        Assert.Equal("\"mended\"", (await InvokeAsync("broken")).Value);
    }

    [Fact]
    public async Task A_missing_index_file_is_an_import_error()
    {
        Write("noindex", "{}", file: "function.json");
        var answer = (await InvokeAsync("noindex")).Failed();
        Assert.Equal("Runtime.ImportModuleError", answer.ErrorType);
        Assert.Equal("Error: Cannot find module 'index'", answer.ErrorMessage);
    }

    [Fact]
    public async Task A_module_that_never_loads_is_stopped()
    {
        // It has the default of ten seconds, as in Lambda.
        Write("stuck", "while (true);");
        Assert.Equal("Sandbox.Timedout", (await InvokeAsync("stuck")).Failed().ErrorType);
    }

    [Theory]
    [InlineData("throw new Error('x'.repeat(1_000_000))")]
    [InlineData("throw new Error('\\u0001'.repeat(1_000_000))")]
    [InlineData("throw '\\u0000'.repeat(1_000_000)")]
    [InlineData("const e = new Error('x'); e.stack = '\\u0001\\n'.repeat(1_000_000); throw e")]
    [InlineData("throw Object.assign(new Error('x'), { name: 'n'.repeat(1_000_000), stack: 's'.repeat(9_000_000) })")]
    [InlineData("return Promise.reject('ü'.repeat(1_000_000))")]
    [InlineData("Promise.reject(new Error('\\ud83d\\ude00'.repeat(1_000_000))); await new Promise(r => setTimeout(r, 5000))")]
    public async Task An_error_of_any_size_is_cut_to_256_KB(string code)
    {
        Write("huge", $"export const handler = async () => {{ {code}; }};");
        var answer = (await InvokeAsync("huge")).Failed();
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(answer.Body), 20, 256 * 1024);
        Assert.NotEmpty(answer.ErrorType);
    }

    [Fact]
    public async Task A_lone_surrogate_in_an_error_is_replaced()
    {
        Write("lone", "export const handler = async () => { throw new Error('a\\ud800b\\u0000'); };");
        Assert.Equal("a\uFFFDb\0", (await InvokeAsync("lone")).Failed().ErrorMessage);
    }
}
