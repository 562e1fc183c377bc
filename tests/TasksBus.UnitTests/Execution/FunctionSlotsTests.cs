using TasksBus.Execution;
using Xunit;

namespace TasksBus.UnitTests.Execution;

/// <summary>Functions share slots, and no function takes all of them.</summary>
public sealed class FunctionSlotsTests
{
    [Theory]
    [InlineData(100, 50, 50)]
    [InlineData(3, 50, 2)]
    [InlineData(1, 1, 1)]
    [InlineData(10, 100, 10)]
    public void A_function_takes_its_share_and_the_others_what_is_left(int count, int share, int most)
    {
        using FunctionSlots slots = new(count, share);

        Assert.Equal(most, TakenBy(slots, "greedy"));
        Assert.False(slots.HasRoom("greedy"));
        Assert.Equal(count > most, slots.HasRoom("other"));
        Assert.Equal(Math.Min(count - most, most), TakenBy(slots, "other"));

        slots.Release("greedy");
        Assert.True(slots.HasRoom("greedy"));
        Assert.Equal(1, TakenBy(slots, "greedy"));
    }

    [Fact]
    public void Versions_of_a_function_share_what_it_may_take()
    {
        using FunctionSlots slots = new(4, 50);

        Assert.True(slots.TryTake("f"));
        Assert.True(slots.TryTake("f:1"));
        Assert.False(slots.TryTake("f:2"));
        slots.Release("f:1");
        Assert.True(slots.TryTake("f:$LATEST"));
    }

    private static int TakenBy(FunctionSlots slots, string function)
    {
        var taken = 0;
        while (slots.TryTake(function))
        {
            taken++;
        }

        return taken;
    }
}
