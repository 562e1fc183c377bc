using System.Text.Json;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

public sealed class UtcTimestampConverterTests
{
    [Theory]
    [InlineData("2021-09-29T15:17:07.051Z", "2021-09-29T15:17:07.0510000Z")]
    [InlineData("2021-09-29T15:17:07Z", "2021-09-29T15:17:07.0000000Z")]
    [InlineData("2021-09-29T15:17Z", "2021-09-29T15:17:00.0000000Z")]
    [InlineData("2021-09-29T17:17:07.051+02:00", "2021-09-29T15:17:07.0510000Z")]
    [InlineData("2021-09-29T01:17:07-11:30", "2021-09-29T12:47:07.0000000Z")]
    [InlineData("2021-09-29T15:17:07.1234567Z", "2021-09-29T15:17:07.1234567Z")]
    [InlineData("2021-09-29", "2021-09-29T00:00:00.0000000Z")]
    [InlineData("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.0000000Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")]
    public void A_timestamp_is_read_as_the_moment_it_names(string text, string utc)
    {
        var task = Read($"\"{text}\"");

        Assert.Equal(utc, task.StartTimestamp!.Value.UtcDateTime.ToString("O"));
        Assert.Equal(TimeSpan.Zero, task.StartTimestamp.Value.Offset);
    }

    [Theory]
    [InlineData("Asia/Tokyo")]
    [InlineData("America/New_York")]
    public void A_timestamp_without_an_offset_is_utc_wherever_the_machine_stands(string zone)
    {
        var before = Environment.GetEnvironmentVariable("TZ");
        try
        {
            Environment.SetEnvironmentVariable("TZ", zone);
            TimeZoneInfo.ClearCachedData();
            Assert.NotEqual(TimeSpan.Zero, TimeZoneInfo.Local.BaseUtcOffset);

            Assert.Equal(new(2021, 9, 29, 15, 17, 7, 51, TimeSpan.Zero), Read("\"2021-09-29T15:17:07.051\"").StartTimestamp);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", before);
            TimeZoneInfo.ClearCachedData();
        }
    }

    [Fact]
    public void Null_and_nothing_are_no_timestamp()
    {
        Assert.Null(Read("null").StartTimestamp);
        Assert.Null(JsonSerializer.Deserialize<ScheduleTask>("""{"functionName":"greet"}""", JsonSerializerOptions.Web)!.StartTimestamp);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"tomorrow\"")]
    [InlineData("\"29.09.2021 15:17\"")]
    [InlineData("\"09/29/2021 15:17:07\"")]
    [InlineData("\"2021-9-29T15:17:07Z\"")]
    [InlineData("\"2021-02-30T15:17:07Z\"")]
    [InlineData("\"2021-09-29T25:17:07Z\"")]
    [InlineData("\"2021-09-29T15:17:07.12345678Z\"")]
    [InlineData("\"2021-09-29T15:17:07Z \"")]
    [InlineData("1632928627")]
    [InlineData("true")]
    [InlineData("{}")]
    public void Anything_else_is_refused_with_an_example(string json)
    {
        var exception = Assert.Throws<JsonException>(() => Read(json));

        Assert.Contains("2021-09-29T15:17:07.051Z", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_written_in_utc()
    {
        ScheduleTask task = new() { FunctionName = "greet", StartTimestamp = new(2021, 9, 29, 17, 17, 7, TimeSpan.FromHours(2)) };

        var json = JsonSerializer.SerializeToElement(task, JsonSerializerOptions.Web);

        Assert.Equal("2021-09-29T15:17:07Z", json.GetProperty("startTimestamp").GetString());
    }

    private static ScheduleTask Read(string timestamp) =>
        JsonSerializer.Deserialize<ScheduleTask>(
            $$"""{"functionName":"greet","startTimestamp":{{timestamp}}}""", JsonSerializerOptions.Web)!;
}
