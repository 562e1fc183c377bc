using TasksBus.Intake;
using Xunit;

namespace TasksBus.UnitTests.Intake;

public class IdempotencyKeyTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("")]
    [InlineData("a\tb")]
    [InlineData("a\u007f")]
    [InlineData("ü")]
    public void Other_text_than_printable_ASCII_is_no_key(string text) => Assert.False(IdempotencyKey.TryParse("", text, out _));

    [Fact]
    public void A_key_has_255_characters_at_most()
    {
        Assert.True(IdempotencyKey.TryParse("", new('k', 255), out _));
        Assert.False(IdempotencyKey.TryParse("", new('k', 256), out _));
        Assert.True(IdempotencyKey.TryParse("", " !~", out _));
    }

    [Fact]
    public void The_same_key_of_the_same_caller_is_the_same_task_for_a_day_and_any_other_is_another()
    {
        var key = Key("caller", "key");
        var (day, passed) = key.DayAt(s_now);
        var id = key.IdOn(day);

        Assert.Equal(id, Key("caller", "key").IdOn(day));
        Assert.Equal((day, TimeSpan.Zero), key.DayAt(s_now - passed));
        Assert.Equal(day, key.DayAt(s_now - passed + IdempotencyKey.Lifetime - TimeSpan.FromTicks(1)).Day);
        Assert.Equal((day + 1, passed), key.DayAt(s_now + IdempotencyKey.Lifetime));
        Assert.Equal(5, new[] { id, key.IdOn(day + 1), Key("caller", "KEY")
            .IdOn(day), Key("", "key").IdOn(day), Key("callerk", "ey").IdOn(day) }.Distinct().Count());
    }

    [Fact]
    public void The_days_of_keys_begin_at_times_of_their_own() =>
        Assert.True(Enumerable.Range(0, 100).Select(static i => Key("", $"key {i}").DayAt(s_now).Passed).Distinct().Count() > 90);

    private static IdempotencyKey Key(string caller, string text) =>
        IdempotencyKey.TryParse(caller, text, out var key) ? key : throw new ArgumentException(text);
}
