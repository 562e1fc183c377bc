using Microsoft.AspNetCore.Http;
using TasksBus.Contracts;
using TasksBus.Service.Http;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class LogLinesTests
{
    private static readonly DateTimeOffset s_received = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("2021-09-29T15:17:07.051Z\tid\tINFO\thello")]
    [InlineData("[INFO]\t2021-09-29T15:17:07.051Z\tid\thello")]
    [InlineData("2021-09-29T17:17:07.051+02:00 id hello")]
    [InlineData("{\"timestamp\":\"2021-09-29T15:17:07.051Z\",\"level\":\"INFO\",\"message\":\"hello\"}")]
    [InlineData("{\"level\":\"INFO\",\"nested\":{\"timestamp\":1},\"timestamp\":\"2021-09-29T15:17:07.051Z\"}")]
    [InlineData("{\"time\":\"2021-09-29T15:17:07.051Z\",\"type\":\"platform.start\",\"record\":{}}")]
    public void A_line_has_the_time_that_it_carries(string line)
    {
        Assert.Equal([(line, "2021-09-29T15:17:07.0510000+00:00")], Read(line));
    }

    [Fact]
    public void A_line_of_a_local_function_has_the_time_at_which_it_was_written_and_does_not_show_it()
    {
        var lines = Read(
            "\u001f1632928627051 START\n\u001f1632928627052 raw\n\u001f1632928627060 2021-09-29T15:17:07.053Z\tid\tINFO\tlogged\n");

        Assert.Equal(
            [("START", "2021-09-29T15:17:07.0510000+00:00"), ("raw", "2021-09-29T15:17:07.0520000+00:00"),
                ("2021-09-29T15:17:07.053Z\tid\tINFO\tlogged", "2021-09-29T15:17:07.0530000+00:00")],
            lines);
    }

    [Theory]
    [InlineData("no time")]
    [InlineData("{\"timestamp\":")]
    [InlineData("{\"timestamp\":5}")]
    [InlineData("{}")]
    [InlineData("2021-13-99T99:99:99Z\tx")]
    [InlineData("starts at 2021-09-29T15:17:07.051Z")]
    [InlineData("\u001f no digits")]
    [InlineData("\u001f12345678901234567890123 too many")]
    public void A_line_without_a_time_has_that_of_the_line_before_or_of_the_log(string line)
    {
        Assert.Equal([(line, s_received.ToString("O"))], Read(line));
        Assert.Equal("2021-09-29T15:17:07.0510000+00:00", Read($"2021-09-29T15:17:07.051Z\tfirst\n{line}\r\n\n")[1].Time);
        Assert.Equal("2021-09-29T15:17:07.0510000+00:00", Read($"{line}\n2021-09-29T15:17:07.051Z\tlater")[0].Time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?&")]
    public void Without_a_filter_all_lines_are_asked_for(string query) =>
        Assert.Equal(new LogQuery("timestamp", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, 100, 0), Parse(query));

    [Theory]
    [InlineData("?ge(timestamp,2021-09-29T15:17:07.051Z)")]
    [InlineData("?timestamp>=2021-09-29T15:17:07.051Z")]
    [InlineData("?timestamp%3E=2021-09-29T15%253A17%253A07.051Z")]
    [InlineData("?ge(timestamp,2021-09-29T17:17:07.051%252B02:00)&limit(500,7)")]
    public void A_time_is_read_in_both_forms_and_both_encodings(string query)
    {
        var parsed = Parse(query);

        Assert.Equal(
            (new DateTimeOffset(2021, 9, 29, 15, 17, 7, 51, TimeSpan.Zero), DateTimeOffset.MaxValue, 100),
            (parsed.From, parsed.To, parsed.Limit));
    }

    [Theory]
    [InlineData("?eq(timestamp,2021-09-29)")]
    [InlineData("?le(timestamp,2021-09-29)")]
    [InlineData("?ge(message,2021-09-29)")]
    [InlineData("?ge(timestamp,yesterday)")]
    [InlineData("?ge(timestamp")]
    [InlineData("?limit(-1)")]
    [InlineData("?'; drop table task_logs; --")]
    public void What_is_not_understood_is_told(string query) =>
        Assert.Equal(ErrorCode.InvalidRql, Refusals.By(() => LogQuery.Parse(new QueryString(query))).Code);

    [Fact]
    public void A_span_must_be_given_and_no_longer_than_a_day()
    {
        Assert.Equal(ErrorCode.EmptyRql, Refusals.By(() => LogQuery.ParseSpan(new QueryString(""))).Code);
        foreach (var query in new[]
        {
            "?eventTimestamp>=2021-09-29", "?eventTimestamp<=2021-09-29",
            "?eventTimestamp>=2021-09-29&eventTimestamp<=2021-09-30T00:00:00.001Z", "?timestamp>=2021-09-29&timestamp<=2021-09-29",
        })
        {
            Assert.Equal(ErrorCode.InvalidRql, Refusals.By(() => LogQuery.ParseSpan(new QueryString(query))).Code);
        }

        var span = LogQuery.ParseSpan(new QueryString("?ge(eventTimestamp,2021-09-29)&eventTimestamp<=2021-09-30"));
        Assert.Equal(TimeSpan.FromDays(1), span.To - span.From);
    }

    private static LogQuery Parse(string query) => LogQuery.Parse(new QueryString(query));

    private static List<(string Message, string Time)> Read(string text) =>
        [.. LogLines.Read(new TaskLog(text, s_received))
            .Select(static line => (line.Message, line.Timestamp.ToUniversalTime().ToString("O")))];
}
