using TasksBus.Dashboard.Parts;
using TasksBus.Query;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

public class TaskFilterTests
{
    private static readonly DateTimeOffset s_time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_filter_is_in_the_address()
    {
        TaskFilter filter = new()
        {
            Status = "failed",
            Function = "a&b",
            From = s_time,
            Rql = "eq(priority,5)",
            Before = 7,
        };

        Assert.Equal(
            "/dashboard/tasks?status=failed&function=a%26b&from=2026-03-01T12%3A00%3A00.000Z&rql=eq%28priority%2C5%29&before=7",
            filter.ToUri());
        Assert.Equal("/dashboard/tasks", new TaskFilter().ToUri());
    }

    [Fact]
    public void A_page_counts_nothing_reads_no_inputs_and_asks_for_one_task_more()
    {
        var (query, error) = new TaskFilter { Status = "failed", Before = 7, Rql = "limit(3,4)" }.ToQuery();

        Assert.Null(error);
        Assert.True(query.SkipsCount);
        Assert.False(query.Shows("data"));
        Assert.Equal((TaskFilter.PageSize + 1, 0, 7), (query.Limit, query.Offset, query.Before));
    }

    [Fact]
    public void An_order_of_its_own_is_paged_by_skipping()
    {
        var (query, _) = new TaskFilter { Rql = "sort(-priority)", Before = 7, Skip = 50 }.ToQuery();

        Assert.Equal((50, null), (query.Offset, query.Before));
    }

    [Theory]
    [InlineData("a,b(c)&d")]
    [InlineData("50% of it")]
    [InlineData("tag%252C")]
    [InlineData("ü 🙂")]
    public void Any_text_is_compared_as_it_is_typed(string text)
    {
        var (query, error) = new TaskFilter { Tag = text }.ToQuery();

        Assert.Null(error);
        Assert.Equal(text, Assert.IsType<RqlText>(Assert.Single(Assert.IsType<RqlMatch>(query.Filter).Values)).Text);
    }

    [Fact]
    public void What_is_no_query_is_told_in_the_words_of_the_API()
    {
        var (_, error) = new TaskFilter { Rql = "equal(a,b)" }.ToQuery();

        Assert.Contains("'equal' is no operator", error?.Message, StringComparison.Ordinal);
    }
}
