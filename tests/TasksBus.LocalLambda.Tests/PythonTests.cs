using System.Text.Json.Nodes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Functions in Python, as Lambda's own runtime runs them.</summary>
public sealed class PythonTests : DeployedTest
{
    [Fact]
    public async Task The_event_and_the_answer_are_JSON_and_the_context_is_Lambdas()
    {
        await DeployPythonAsync("context", """
            import os
            def handler(event, context):
                left = context.get_remaining_time_in_millis()
                return {'event': event, 'id': context.aws_request_id, 'name': context.function_name, 'memory': context.memory_limit_in_mb,
                        'version': context.function_version, 'arn': context.invoked_function_arn,
                        'left': 30000 < left <= 60000, 'env': os.environ['AWS_REGION']}
            """);
        var answer = await InvokeAsync("context", """{"ü":[1,1.5,null,123456789012345678901234567890,"\ud800"]}""");
        var value = JsonNode.Parse(answer.Value)!;
        Assert.Contains("123456789012345678901234567890", answer.Value, StringComparison.Ordinal);
        Assert.Contains("\\ud800", answer.Value, StringComparison.Ordinal);
        Assert.Equal(answer.RequestId, (string?)value["id"]);
        Assert.Equal(["context", "128", "$LATEST", "arn:aws:lambda:us-east-1:000000000000:function:context", "us-east-1"],
            new[] { "name", "memory", "version", "arn", "env" }.Select(name => (string?)value[name]));
        Assert.True((bool)value["left"]!);
    }

    [Fact]
    public async Task What_it_prints_and_logs_is_in_the_log_in_order_and_whole()
    {
        await DeployPythonAsync("logs", """
            import logging, os, subprocess, sys
            logging.getLogger().setLevel('INFO')
            def handler(event, context):
                print('printed ü')
                print('to stderr', file=sys.stderr)
                subprocess.run(['echo', 'a child'])
                logging.info('logged')
                os.write(1, b'last')
            """);
        for (var i = 0; i < 3; i++)
        {
            var answer = await InvokeAsync("logs", tail: true);
            Assert.Equal("null", answer.Value);
            Assert.Matches(
                $@"^START RequestId: {answer.RequestId} Version: \$LATEST\nprinted ü\nto stderr\na child\n"
                    + $@"\[INFO\]\t\S+Z\t{answer.RequestId}\tlogged\nlast\nEND RequestId: {answer.RequestId}\nREPORT ",
                answer.Log);
            Assert.DoesNotContain('\u001e', answer.Log);
        }
    }

    [Theory]
    [InlineData("raise KeyError('gone')", "KeyError", "'gone'")]
    [InlineData("raise ValueError('x' * 100000)", "ValueError", "xxx")]
    [InlineData("return {1, 2}", "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable")]
    public async Task An_error_is_Lambdas_object_and_the_process_goes_on(string body, string type, string message)
    {
        await DeployPythonAsync(
            "fails", $"import os\ndef handler(event, context):\n    if event == 'pid': return os.getpid()\n    {body}\n");
        var pid = (await InvokeAsync("fails", "\"pid\"")).Value;
        var answer = (await InvokeAsync("fails", tail: true)).Failed();
        Assert.Equal(type, answer.ErrorType);
        Assert.StartsWith(message, answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(answer.RequestId, answer.Json.GetProperty("requestId").GetString());
        Assert.Equal(type == "Runtime.MarshalError" ? 0 : 1, answer.Json.GetProperty("stackTrace").GetArrayLength());
        Assert.InRange(answer.Body.Length, 0, 40_000);
        Assert.Equal(pid, (await InvokeAsync("fails", "\"pid\"")).Value);
    }

    [Theory]
    [InlineData("import nonsense", "app.handler", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nonsense'")]
    [InlineData("x", "other.handler", "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'")]
    [InlineData("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': ")]
    [InlineData("x = 1", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'")]
    [InlineData("x = 1", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'")]
    [InlineData("raise RuntimeError('while loading')", "app.handler", "RuntimeError", "while loading")]
    [InlineData("import sys; sys.exit(3)", "app.handler", "Runtime.ExitError", "exit status 3")]
    public async Task A_function_that_cannot_be_loaded_says_why(string source, string handler, string type, string message)
    {
        await DeployPythonAsync("broken", source, handler);
        var answer = (await InvokeAsync("broken")).Failed();
        Assert.Equal(type, answer.ErrorType);
        Assert.Contains(message, answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_module_in_a_folder_can_be_the_handler_and_import_from_the_root()
    {
        await DeployAsync(Creation(
            "nested", Zip(("src/app.py", "import lib\ndef run(e, c): return lib.value"), ("lib.py", "value = 7")), "python3.12",
            "src/app.run"));
        Assert.Equal("7", (await InvokeAsync("nested")).Value);
    }

    [Fact]
    public async Task A_folder_of_functions_may_hold_one_in_Python()
    {
        Write("folder", "def handler(event, context): return event + 1", """{"runtime":"python3.11","handler":"app.handler"}""", "app.py");
        Assert.Equal("2", (await InvokeAsync("folder", "1")).Value);
        Write("folder", "def handler(event, context): return event + 200", file: "app.py");
        Assert.Equal("201", (await InvokeAsync("folder", "1")).Value);
    }

    [Fact]
    public async Task Time_and_memory_have_limits()
    {
        await DeployAsync(Creation("slow", Zip(("app.py", """
            import time
            def handler(event, context): time.sleep(60)
            """)), "python3.12", "app.handler").With("Timeout", 3));
        await DeployAsync(Creation("large", Zip(("app.py", """
            import subprocess, sys, time
            def handler(event, context):
                if event == 'memory': x = bytearray(300 * 1024 * 1024); time.sleep(60)
                if event == 'child': subprocess.run([sys.executable, '-c', 'import time; x = bytearray(300 * 1024 * 1024); time.sleep(60)'])
            """)), "python3.12", "app.handler"));
        var slow = InvokeAsync("slow");
        foreach (var kind in new[] { "memory", "child" })
        {
            var large = (await InvokeAsync("large", $"\"{kind}\"")).Failed();
            Assert.Equal("Runtime.OutOfMemory", large.ErrorType);
            Assert.Equal($"RequestId: {large.RequestId} Error: Runtime exited with error: signal: killed", large.ErrorMessage);
        }

        Assert.Equal("Sandbox.Timedout", (await slow).Failed().ErrorType);
    }

    private Task DeployPythonAsync(string name, string source, string handler = "app.handler") =>
        DeployAsync(name, source, "app.py", "python3.12", handler);
}
