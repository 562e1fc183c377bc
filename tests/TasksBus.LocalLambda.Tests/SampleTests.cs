using System.Runtime.CompilerServices;

namespace TasksBus.LocalLambda.Tests;

/// <summary>The samples, as they lie in the repository, get a whole task as their event.</summary>
public class SampleTests : LambdaTest
{
    protected override void Configure(LocalLambdaOptions options) => options.FunctionsPath = SamplesPath();

    [Fact]
    public async Task Hello_greets()
    {
        var answer = await InvokeAsync("hello", Task("hello", """{"name":"Ann"}"""), tail: true);
        Assert.Equal("""{"message":"Hello, Ann!"}""", answer.Value);
        Assert.Contains("INFO\tGreeting Ann\n", answer.Log, StringComparison.Ordinal);
        Assert.Equal("""{"message":"Hello, world!"}""", (await InvokeAsync("hello", Task("hello", "null"))).Value);
    }

    [Theory]
    [InlineData("""{"ms":20}""", 20)]
    [InlineData("""{"seconds":0.02}""", 20)]
    public async Task Sleep_sleeps(string data, int ms) =>
        Assert.Equal(ms, (await InvokeAsync("sleep", Task("sleep", data))).Json.GetProperty("sleptMs").GetInt32());

    [Fact]
    public async Task Fail_fails() =>
        Assert.Equal("This function always fails", (await InvokeAsync("fail", Task("fail", "{}"))).Failed().ErrorMessage);

    private static string Task(string name, string data) =>
        $$"""{"id":"0197f1a0-0000-7000-8000-000000000000","functionName":"{{name}}","priority":0,"tags":[],"data":{{data}}}""";

    private static string SamplesPath([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../src/samples/functions"));
}
