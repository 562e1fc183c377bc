using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

public sealed class TaskIdTests
{
    [Theory]
    [InlineData("507f1f77bcf86cd799439011", "507f1f77-bcf8-6cd7-9943-901100000000")]
    [InlineData("000000000000000000000000", "00000000-0000-0000-0000-000000000000")]
    [InlineData("ffffffffffffffffffffffff", "ffffffff-ffff-ffff-ffff-ffff00000000")]
    public void An_id_maps_to_a_guid_and_back(string text, string correlationId)
    {
        var id = TaskId.Parse(text);

        Assert.Equal(Guid.Parse(correlationId), id.ToGuid());
        Assert.Equal(id, TaskId.FromGuid(Guid.Parse(correlationId)));
        Assert.Equal(text, id.ToString());
    }

    [Fact]
    public void New_ids_map_to_guids_and_back()
    {
        for (var i = 0; i < 1_000; i++)
        {
            var id = TaskId.New();
            Assert.Equal(id, TaskId.FromGuid(id.ToGuid()));
            Assert.Equal(id, TaskId.Parse(id.ToString()));
        }
    }

    /// <summary>Publishers may compute it, so it must never change.</summary>
    [Fact]
    public void A_key_gives_the_same_id_each_time_and_another_key_another()
    {
        Assert.Equal(TaskId.FromKey("order-1"), TaskId.FromKey("order-1"));
        Assert.NotEqual(TaskId.FromKey("order-1"), TaskId.FromKey("order-2"));
        Assert.NotEqual(
            TaskId.FromMessage(Guid.Parse("2f0a4d5e-3b1c-4c52-9a55-0e8f0f5f1c11")), TaskId.FromKey("2f0a4d5e-3b1c-4c52-9a55-0e8f0f5f1c11"));
        Assert.Equal(TaskId.FromKey("order-1").InMessage(3), TaskId.FromKey("order-1").InMessage(7).InMessage(3));
    }

    [Fact]
    public void A_guid_that_holds_no_id_is_refused()
    {
        var guid = Guid.Parse("507f1f77-bcf8-6cd7-9943-901100000001");

        Assert.False(TaskId.TryFromGuid(guid, out _));
        Assert.Throws<FormatException>(() => TaskId.FromGuid(guid));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("507f1f77bcf86cd79943901")]
    [InlineData("507f1f77bcf86cd7994390111")]
    [InlineData("507f1f77bcf86cd79943901g")]
    [InlineData(" 07f1f77bcf86cd799439011")]
    public void Text_that_is_not_24_hex_digits_is_refused(string? text)
    {
        Assert.False(TaskId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => TaskId.Parse(text!));
    }

    [Fact]
    public void Upper_case_is_read_and_written_in_lower_case() =>
        Assert.Equal("507f1f77bcf86cd799439abc", TaskId.Parse("507F1F77BCF86CD799439ABC").ToString());

    [Fact]
    public void New_ids_rise_strictly_as_ids_as_text_and_within_a_millisecond()
    {
        FakeTimeProvider stopped = new(DateTimeOffset.UnixEpoch.AddYears(60));
        var ids = Enumerable.Range(0, 10_000).Select(_ => TaskId.New(stopped)).ToArray();

        for (var i = 1; i < ids.Length; i++)
        {
            Assert.True(ids[i - 1] < ids[i]);
            Assert.True(string.CompareOrdinal(ids[i - 1].ToString(), ids[i].ToString()) < 0);
        }
    }

    [Fact]
    public async Task Ids_made_at_once_by_many_threads_differ()
    {
        var made = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 5_000).Select(_ => TaskId.New()).ToArray())));

        Assert.Equal(40_000, made.SelectMany(static ids => ids).Select(static id => id.ToString()[..16]).Distinct().Count());
        Assert.All(made, static ids => Assert.Equal(ids.Order(), ids));
    }

    [Fact]
    public void Order_is_by_bytes_without_a_sign()
    {
        var low = TaskId.Parse("7fffffffffffffffffffffff");
        var high = TaskId.Parse("800000000000000000000000");
        var tail = TaskId.Parse("8000000000000000ffffffff");

        Assert.True(low < high && high < tail && tail > low && low <= high && tail >= high);
        Assert.Equal([low, high, tail], new[] { tail, low, high }.Order());
    }

    [Theory]
    [InlineData(0, "a8faed6abbf35c12a4b26c00")]
    [InlineData(1, "a8faed6abbf35c12a4b26c01")]
    [InlineData(999, "a8faed6abbf35c12a4b26fe7")]
    public void The_id_that_a_message_gives_never_changes(int index, string expected) =>
        Assert.Equal(expected, TaskId.FromMessage(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), index).ToString());
}
