using System.Text;
using TasksBus.Worker.Hosting;
using TasksBus.Worker.Logs;
using Xunit;

namespace TasksBus.UnitTests.Execution;

/// <summary>What is kept of the log of a function in .NET.</summary>
public sealed class LogTailTests
{
    [Fact]
    public void A_log_is_what_was_written()
    {
        LogTail log = new();
        Assert.Null(log.Text());
        log.Add("one");
        log.Add("two\nlines");

        Assert.Equal("one\ntwo\nlines", log.Text());
    }

    [Theory]
    [InlineData(100, 10_000)]
    [InlineData(1_000_000, 2)]
    public void The_last_256_KB_are_kept_in_whole_lines_and_it_is_said_how_much_was_cut(int length, int lines)
    {
        LogTail log = new();
        for (var i = 0; i < lines; i++)
        {
            log.Add(new string((char)('a' + (i % 26)), length));
        }

        log.Add("The end");

        var text = log.Text()!;
        Assert.EndsWith("\nThe end", text, StringComparison.Ordinal);
        var parts = text.Split('\n', 2);
        Assert.Matches(@"\A\.\.\. \(\d+ bytes before this were cut\)\z", parts[0]);
        var cut = long.Parse(parts[0].Split(' ')[1].TrimStart('('), null);
        Assert.Equal((length + 1L) * lines + 8, cut + Encoding.UTF8.GetByteCount(parts[1]) + 1);
        Assert.InRange(Encoding.UTF8.GetByteCount(parts[1]), 80_000, LogTail.MaxBytes);
    }

    [Theory]
    [InlineData("Shop.Worker", "shop-worker")]
    [InlineData("shop_42", "shop-42")]
    [InlineData("--", "dotnet")]
    [InlineData("", "dotnet")]
    public void An_applications_name_makes_the_name_of_a_pool(string application, string pool)
    {
        Assert.Equal(pool, WorkerSettings.PoolOf(application));
        Assert.True(TasksBusOptions.IsPool(pool));
        Assert.True(TasksBusOptions.IsPool(WorkerSettings.PoolOf(application + new string('x', 100))));
    }
}
