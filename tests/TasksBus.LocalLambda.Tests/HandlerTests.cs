namespace TasksBus.LocalLambda.Tests;

public class HandlerTests : LambdaTest
{
    [Theory]
    [InlineData("index.mjs", "export const handler = async e => e + 1;")]
    [InlineData("index.mjs", "export const handler = (e, c, callback) => callback(null, e + 1);")]
    [InlineData("index.mjs", "export const handler = (e, c, callback) => { setTimeout(() => callback(null, e + 1), 1); };")]
    [InlineData("index.mjs", "export const handler = (e, c, callback) => setTimeout(() => callback(null, e + 1), 1);")]
    [InlineData("index.mjs", "export const handler = e => e + 1;")]
    [InlineData("index.mjs", "export const handler = (e, c) => c.succeed(e + 1);")]
    [InlineData("index.mjs", "export const handler = (e, c) => setTimeout(() => c.done(null, e + 1), 1);")]
    [InlineData("index.mjs", "export default { handler: async e => e + 1 };")]
    [InlineData("index.mjs", "const one = await Promise.resolve(1); export const handler = async e => e + one;")]
    [InlineData("index.js", "exports.handler = async e => e + 1;")]
    [InlineData("index.js", "const m = module; m.exports = { ['hand' + 'ler']: async e => e + 1 };")]
    [InlineData("index.cjs", "const { join } = require('node:path'); exports.handler = (e, c, callback) => callback(null, e + 1);")]
    public async Task Every_form_of_handler_works(string file, string source)
    {
        Write("form", source, file: file);
        Assert.Equal("2", (await InvokeAsync("form", "1")).Value);
        Assert.Equal("3", (await InvokeAsync("form", "2")).Value);
    }

    [Fact]
    public async Task A_package_may_make_index_js_an_ES_module()
    {
        Write("module", "import './other.js'; export const handler = async () => globalThis.other;", file: "index.js");
        Write("module", "globalThis.other = 5;", file: "other.js");
        Write("module", """{"type":"module"}""", file: "package.json");
        Assert.Equal("5", (await InvokeAsync("module")).Value);
    }

    [Fact]
    public async Task The_handler_may_be_elsewhere()
    {
        Write("elsewhere", "export const not = 1;", """{"handler":"lib/app.handlers.main"}""");
        Directory.CreateDirectory(Path.Combine(Root, "elsewhere", "lib"));
        Write("elsewhere", "export const handlers = { main: async () => 'main' };", file: "lib/app.mjs");
        Assert.Equal("\"main\"", (await InvokeAsync("elsewhere")).Value);
    }

    [Theory]
    [InlineData("async () => {}")]
    [InlineData("() => {}")]
    [InlineData("async () => () => 1")]
    [InlineData("(e, c, callback) => callback()")]
    [InlineData("() => new Promise(() => {})")] // nothing is left to wait for: so does Lambda
    public async Task No_result_is_null(string handler)
    {
        Write("none", $"export const handler = {handler};");
        Assert.Equal("null", (await InvokeAsync("none")).Value);
        Assert.Equal("null", (await InvokeAsync("none")).Value);
    }

    [Fact]
    public async Task A_callback_waits_for_the_event_loop_unless_told_otherwise()
    {
        Write("waits", """
            export const handler = (wait, context, callback) => {
              context.callbackWaitsForEmptyEventLoop = wait;
              const result = { late: false };
              setTimeout(() => { result.late = true; }, 50);
              callback(null, result);
            };
            """);
        Assert.Equal("""{"late":true}""", (await InvokeAsync("waits", "true")).Value);
        Assert.Equal("""{"late":false}""", (await InvokeAsync("waits", "false")).Value);
    }

    [Fact]
    public async Task The_context_is_Lambdas()
    {
        Write("context", """
            export const handler = async (event, c) => ({ ...c, left: c.getRemainingTimeInMillis(),
              functions: [c.done, c.succeed, c.fail, c.getRemainingTimeInMillis].map(f => typeof f) });
            """, """{"timeout":7,"memory":192}""");
        var answer = await InvokeAsync("context");
        var context = answer.Json;
        Assert.Equal(answer.RequestId, context.GetProperty("awsRequestId").GetString());
        Assert.Equal("context", context.GetProperty("functionName").GetString());
        Assert.Equal("$LATEST", context.GetProperty("functionVersion").GetString());
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:context", context.GetProperty("invokedFunctionArn").GetString());
        Assert.Equal("192", context.GetProperty("memoryLimitInMB").GetString());
        Assert.Equal("/aws/lambda/context", context.GetProperty("logGroupName").GetString());
        Assert.Contains("[$LATEST]", context.GetProperty("logStreamName").GetString(), StringComparison.Ordinal);
        Assert.True(context.GetProperty("callbackWaitsForEmptyEventLoop").GetBoolean());
        Assert.InRange(context.GetProperty("left").GetDouble(), 1, 7_000);
        Assert.All(context.GetProperty("functions").EnumerateArray(), f => Assert.Equal("function", f.GetString()));
    }

    [Fact]
    public async Task A_second_answer_counts_for_nothing()
    {
        Write("twice", """
            export const handler = (event, context, callback) => {
              context.callbackWaitsForEmptyEventLoop = false;
              callback(null, event);
              callback(null, 'second');
              setImmediate(() => callback(new Error('third')));
            };
            """);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"{i}", (await InvokeAsync("twice", $"{i}")).Value);
        }
    }

    [Fact]
    public async Task A_function_sees_its_own_environment_only()
    {
        Environment.SetEnvironmentVariable("LOCALLAMBDA_TEST_SECRET", "secret");
        Write(
            "env", "export const handler = async () => process.env;",
            """{"environment":{"COLOUR":"grün","EMPTY":"","AWS_REGION":"eu-west-1"}}""");
        var env = (await InvokeAsync("env")).Json;
        Assert.Equal(
            ["AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
             "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
             "AWS_REGION", "COLOUR", "EMPTY", "HOME", "LAMBDA_TASK_ROOT", "LANG", "PATH", "TMPDIR", "TZ", "_HANDLER"],
            env.EnumerateObject().Select(variable => variable.Name).Order(StringComparer.Ordinal));
        Assert.Equal("grün", env.GetProperty("COLOUR").GetString());
        Assert.Equal("eu-west-1", env.GetProperty("AWS_REGION").GetString());
        Assert.Equal("index.handler", env.GetProperty("_HANDLER").GetString());
        Assert.Equal(Path.Combine(Root, "env"), env.GetProperty("LAMBDA_TASK_ROOT").GetString());
    }

    [Fact]
    public async Task The_functions_folder_is_the_current_one()
    {
        Write("here", "import { readFileSync } from 'node:fs'; export const handler = async () => readFileSync('data.txt', 'utf8');");
        Write("here", "data", file: "data.txt");
        Assert.Equal("\"data\"", (await InvokeAsync("here")).Value);
    }

    [Theory]
    [InlineData("{", "function.json is not JSON")]
    [InlineData("[]", "must be an object")]
    [InlineData("""{"timeout":0}""", "'timeout' must be a whole number from 1 to 900")]
    [InlineData("""{"timeout":1.5}""", "'timeout' must be a whole number from 1 to 900")]
    [InlineData("""{"memory":"lots"}""", "'memory' must be a whole number")]
    [InlineData("""{"concurrency":0}""", "'concurrency' must be")]
    [InlineData("""{"handler":7}""", "'handler' must be a text")]
    [InlineData("""{"environment":{"A":1}}""", "'A' must be a text")]
    [InlineData("""{"environment":{"_HANDLER":"x"}}""", "'_HANDLER' is set by Lambda itself")]
    [InlineData("""{"timeuot":3}""", "unknown property 'timeuot'")]
    public async Task A_bad_function_json_is_an_error_of_that_function_only(string settings, string message)
    {
        Write("bad", "export const handler = async () => 1;", settings);
        Write("good", "export const handler = async () => 1;");
        var answer = (await InvokeAsync("bad")).Failed();
        Assert.Equal("Runtime.InvalidFunctionConfiguration", answer.ErrorType);
        Assert.Contains(message, answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("1", (await InvokeAsync("good")).Value);
        Write("bad", "export const handler = async () => 1;", "{}");
        Assert.Equal("1", (await InvokeAsync("bad")).Value);
    }
}
