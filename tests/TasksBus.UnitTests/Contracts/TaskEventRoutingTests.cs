using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

public sealed class TaskEventRoutingTests
{
    [Theory]
    [InlineData("resize", "webshop", "webshop.resize.completed")]
    [InlineData("resize:live", null, "-.resize.completed")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:resize:3", "a_b-1", "a_b-1.resize.completed")]
    [InlineData("my.function", "p", "p.my_function.completed")]
    [InlineData("arn:aws:s3:::b.c", "p", "p.arn:aws:s3:::b_c.completed")]
    public void A_routing_key_has_three_words(string functionName, string? publisher, string expected) =>
        Assert.Equal(expected, TaskEventRouting.KeyOf(nameof(TaskCompleted), functionName, publisher));

    [Fact]
    public void The_longest_names_fit_into_a_routing_key() =>
        Assert.InRange(TaskEventRouting.KeyOf(nameof(TaskCompleted), new('f', 170), new('p', 60)).Length, 1, 255);
}
