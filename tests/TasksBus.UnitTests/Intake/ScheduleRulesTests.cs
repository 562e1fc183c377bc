using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;
using Xunit;

namespace TasksBus.UnitTests.Intake;

public sealed class ScheduleRulesTests
{
    private const int MostData = 6 * 1024 * 1024 - 256 * 1024;

    private static readonly ScheduleTask s_fine = new() { FunctionName = "greet" };

    [Theory]
    [InlineData("greet")]
    [InlineData("greet:live")]
    [InlineData("greet:$LATEST")]
    [InlineData("a-b_c.d")]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:function:greet:1")]
    public void A_name_with_or_without_qualifier_or_an_arn_is_accepted(string name) =>
        ScheduleRules.Check(new() { FunctionName = name });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_missing_function_name_is_refused(string? name) =>
        AssertRefused(ErrorCode.MissingRequiredFields, "functionName", new() { FunctionName = name! });

    [Theory]
    [InlineData("gr eet")]
    [InlineData("greet\n")]
    [InlineData("gréet")]
    [InlineData("greet?x")]
    public void A_function_name_of_other_characters_is_refused(string name) =>
        AssertRefused(ErrorCode.FieldFormat, "functionName", new() { FunctionName = name });

    [Fact]
    public void A_function_name_has_170_characters_at_most()
    {
        ScheduleRules.Check(new() { FunctionName = new('a', 170) });
        AssertRefused(ErrorCode.FieldFormat, "functionName", new() { FunctionName = new('a', 171) });
    }

    [Theory]
    [InlineData("")]
    [InlineData("507f1f77bcf86cd79943901")]
    [InlineData("507f1f77bcf86cd79943901g")]
    [InlineData("507f1f77-bcf8-6cd7-9943-901100000000")]
    public void An_id_that_is_not_24_hex_digits_is_refused(string id) =>
        AssertRefused(ErrorCode.IdFormat, "taskId", s_fine with { TaskId = id });

    [Fact]
    public void An_id_in_either_case_is_accepted()
    {
        ScheduleRules.Check(s_fine with { TaskId = "507f1f77bcf86cd799439abc" });
        ScheduleRules.Check(s_fine with { TaskId = "507F1F77BCF86CD799439ABC" });
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("null")]
    public void Data_that_is_no_object_is_refused(string data) =>
        Assert.Contains(
            $"got {data}.", AssertRefused(ErrorCode.FieldFormat, "data", s_fine with { Data = JsonElement.Parse(data) }).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Data_leaves_room_in_lambdas_six_megabytes()
    {
        ScheduleRules.Check(s_fine with { Data = DataOf(MostData) });
        var refusal = AssertRefused(ErrorCode.DataTooLarge, "data", s_fine with { Data = DataOf(MostData + 1) });
        Assert.Equal((15, 413), (refusal.Code.Code, refusal.Code.HttpStatus));
    }

    [Fact]
    public void Data_is_measured_in_bytes_not_characters()
    {
        var data = JsonElement.Parse($$"""{"a":"{{new string('ü', MostData / 2)}}"}""");

        AssertRefused(ErrorCode.DataTooLarge, "data", s_fine with { Data = data });
    }

    [Theory]
    [InlineData(-9_007_199_254_740_991)]
    [InlineData(0)]
    [InlineData(9_007_199_254_740_991)]
    public void Every_priority_that_a_double_holds_exactly_is_accepted(long priority) =>
        ScheduleRules.Check(s_fine with { Priority = priority });

    [Theory]
    [InlineData(-9_007_199_254_740_992)]
    [InlineData(9_007_199_254_740_992)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_priority_beyond_is_refused(long priority) =>
        AssertRefused(ErrorCode.FieldFormat, "priority", s_fine with { Priority = priority });

    [Fact]
    public void Tags_are_100_at_most()
    {
        ScheduleRules.Check(s_fine with { Tags = [.. Enumerable.Repeat("a", 100)] });
        AssertRefused(ErrorCode.FieldFormat, "tags", s_fine with { Tags = [.. Enumerable.Repeat("a", 101)] });
    }

    [Fact]
    public void A_tag_has_256_characters_at_most()
    {
        ScheduleRules.Check(s_fine with { Tags = [new('a', 256)] });
        AssertRefused(ErrorCode.FieldFormat, "tags", s_fine with { Tags = ["fine", new('a', 257)] });
    }

    [Fact]
    public void A_tag_may_hold_any_real_character() =>
        ScheduleRules.Check(s_fine with { Tags = ["", "größe", "\U0001F600", "\uFFFD"] });

    // Escapes, because xunit cannot show these in a test's name.
    [Theory]
    [InlineData("a,0,b")]
    [InlineData("D800")]
    [InlineData("DC00")]
    [InlineData("DE00,D83D")]
    [InlineData("FFFD,D800")]
    public void A_tag_that_cannot_be_stored_is_refused(string units)
    {
        var tag = string.Concat(units.Split(',').Select(static unit => (char)Convert.ToInt32(unit, 16)));

        AssertRefused(ErrorCode.FieldFormat, "tags", s_fine with { Tags = ["fine", tag] });
    }

    [Fact]
    public void A_tag_that_is_null_is_refused() => AssertRefused(ErrorCode.FieldFormat, "tags", s_fine with { Tags = ["fine", null!] });

    [Fact]
    public void A_long_value_is_quoted_in_short()
    {
        var refusal = AssertRefused(ErrorCode.FieldFormat, "functionName", new() { FunctionName = new('!', 100_000) });

        Assert.InRange(refusal.Message.Length, 1, 300);
    }

    private static Refusal AssertRefused(ErrorCode code, string names, ScheduleTask task)
    {
        var refusal = Refusals.By(() => ScheduleRules.Check(task));

        Assert.Equal(code, refusal.Code);
        Assert.Contains(names, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }

    /// <summary>An object whose text has so many bytes.</summary>
    private static JsonElement DataOf(int bytes) => JsonElement.Parse($$"""{"a":"{{new string('x', bytes - 8)}}"}""");
}
