using Xunit;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Tests that measure the memory of this process run alone, because the memory of other tests would count too.</summary>
[Collection(nameof(Alone))]
public class MemoryTests : LambdaTest
{
    [Fact]
    public async Task A_flood_of_output_is_only_as_fast_as_its_reader()
    {
        Write("flood", "export const handler = async () => { for (;;) console.log('x'.repeat(1000)); };", """{"timeout":2}""");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var answer = (await InvokeAsync("flood", tail: true)).Failed();
        Assert.Equal("Sandbox.Timedout", answer.ErrorType);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20_000_000);
    }
}

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
