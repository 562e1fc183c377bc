using TasksBus.Dashboard.Parts;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

public class PlotTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(5, 5)]
    [InlineData(11, 20)]
    [InlineData(501, 1_000)]
    public void A_scale_ends_with_a_round_number(long most, long end) => Assert.Equal(end, Plot.Round(most));

    [Fact]
    public void Nothing_is_at_the_bottom_and_the_most_at_the_top()
    {
        Assert.Equal(Plot.Height - Plot.Bottom, Plot.YOf(0, 10));
        Assert.Equal(Plot.Top, Plot.YOf(10, 10));
        Assert.Equal(["0", "5", "10"], Plot.Counts(10).Select(static each => each.Label));
        Assert.Equal(["0", "1"], Plot.Counts(1).Select(static each => each.Label));
    }

    [Fact]
    public void Ten_times_as_long_is_as_much_higher_everywhere_and_what_is_beyond_the_scale_is_at_its_end()
    {
        Assert.Equal(Plot.YOf(0.01) - Plot.YOf(0.1), Plot.YOf(1.0) - Plot.YOf(10.0), 6);
        Assert.Equal(Plot.Height - Plot.Bottom, Plot.YOf(0.0));
        Assert.Equal(Plot.Top, Plot.YOf(86_400.0), 6);
    }

    [Fact]
    public void A_line_is_broken_where_there_is_nothing() =>
        Assert.Equal(2, Plot.Line([10, null, 20, 30]).Count(static letter => letter == 'M'));
}
