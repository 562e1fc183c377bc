using System.Text;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public sealed class KeptResultsTests
{
    [Theory]
    [InlineData("resize", true)]
    [InlineData("resize:3", true)]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:resize:live", true)]
    [InlineData("Resize", false)]
    [InlineData("other", false)]
    [InlineData("arn:aws:s3:::resize", false)]
    public void The_setting_names_functions_whatever_form_the_task_uses(string functionName, bool isKept)
    {
        Assert.Equal(isKept ? "1" : null, new KeptResults(["report", "resize"]).Of(functionName, "1"u8.ToArray()).Json);
        Assert.Equal("1", new KeptResults([KeptResults.All]).Of(functionName, "1"u8.ToArray()).Json);
        Assert.Equal(default, new KeptResults([]).Of(functionName, "1"u8.ToArray()));
    }

    [Theory]
    [InlineData("""{"b":1.50,"a":"\u0000","B":123456789012345678901234567890,"":[]}""")]
    [InlineData("\"text\"")]
    [InlineData("false")]
    public void A_result_is_kept_as_the_function_wrote_it(string json) => Assert.Equal(new(json, false), Keep(json));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public void Nothing_is_no_result(string json) => Assert.Equal(default, Keep(json));

    [Theory]
    [InlineData("{")]
    [InlineData("1 2")]
    [InlineData("<html>")]
    [InlineData("\"half a pair: \\ud800\"")]
    public void What_is_no_json_is_dropped_and_flagged(string text) => Assert.Equal(new(null, true), Keep(text));

    [Fact]
    public void Bytes_that_are_no_text_are_dropped_and_flagged() =>
        Assert.Equal(new(null, true), new KeptResults(["f"]).Of("f", new byte[] { (byte)'"', 0xFF, (byte)'"' }));

    [Fact]
    public void A_result_may_have_256_KB_and_60_levels()
    {
        var largest = $"\"{new string('x', KeptResults.MaxBytes - 2)}\"";
        Assert.Equal(new(largest, false), Keep(largest));
        Assert.Equal(new(null, true), Keep($"{largest} "));

        static string Deep(int levels) => new string('[', levels) + new string(']', levels);
        Assert.Equal(new(Deep(60), false), Keep(Deep(60)));
        Assert.Equal(new(null, true), Keep(Deep(61)));
    }

    private static KeptResult Keep(string json) => new KeptResults(["f"]).Of("f", Encoding.UTF8.GetBytes(json));
}
