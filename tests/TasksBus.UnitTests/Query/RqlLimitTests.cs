using TasksBus.Query;
using TasksBus.Storage.Queries;
using Xunit;

namespace TasksBus.UnitTests.Query;

/// <summary>How long and how deep a query may be.</summary>
public class RqlLimitTests
{
    [Theory]
    [InlineData("and(", 16, true)]
    [InlineData("and(", 17, false)]
    [InlineData("and(", 15_000, false)]
    [InlineData("contains(data.a,", 16, true)]
    [InlineData("contains(data.a,", 5_000, false)]
    [InlineData("(", 45_000, false)]
    public void Nesting_has_an_end(string open, int depth, bool isFine)
    {
        var error = RqlQuery.Parse(
            $"{string.Concat(Enumerable.Repeat(open, depth))}data.a=1{new string(')', depth)}", RqlSchema.Tasks).Error;

        Assert.Equal(isFine, error is null);
        Assert.Equal(!isFine, error?.Message.Contains("nested more than 16 deep", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void A_query_has_at_most_a_hundred_terms()
    {
        Assert.Null(RqlQuery.Parse(string.Join('&', Enumerable.Repeat("status=new", 100)), RqlSchema.Tasks).Error);
        Assert.Contains(
            "100 terms", RqlQuery.Parse(string.Join('&', Enumerable.Repeat("status=new", 101)), RqlSchema.Tasks).Error!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_has_at_most_two_thousand_values()
    {
        Assert.Null(RqlQuery.Parse($"in(data.n,{Numbers(2_000)})", RqlSchema.Tasks).Error);
        foreach (var query in new[]
        {
            $"in(data.n,{Numbers(2_001)})", $"in(id,{Numbers(1_500)})&out(tags,{Numbers(1_500)})", $"in(tags{new string(',', 60_000)})",
        })
        {
            Assert.Contains("2000 values", RqlQuery.Parse(query, RqlSchema.Tasks).Error!.Message, StringComparison.Ordinal);
        }

        static string Numbers(int count) => string.Join(',', Enumerable.Range(0, count));
    }

    [Theory]
    [InlineData("{0}=1")]
    [InlineData("ne({0},1)")]
    [InlineData("in({0},1,2)")]
    [InlineData("contains({0})")]
    [InlineData("excludes({0},b=1)&limit(1)")]
    [InlineData("like({0},x)")]
    [InlineData("sort(-{0})")]
    [InlineData("select({0})")]
    [InlineData("contains(data,{1}=1)")]
    [InlineData("contains(data.a,contains(a.a,{2}=1))")]
    public void A_path_is_as_deep_as_data_may_be(string format)
    {
        Assert.Null(ErrorAt(63));
        foreach (var depth in new[] { 64, 200, 30_000 })
        {
            Assert.Contains("A path has more than 64 parts", ErrorAt(depth)!.Message, StringComparison.Ordinal);
        }

        // The object that contains searches is one level, and the property that it asks for is another.
        RqlError? ErrorAt(int depth)
        {
            depth -= format.Contains("b=1", StringComparison.Ordinal) ? 1 : 0;
            var path = string.Concat(Enumerable.Repeat(".a", depth));
            return RqlQuery.Parse(string.Format(null, format, $"data{path}", path[1..], path[7..]), RqlSchema.Tasks).Error;
        }
    }

    [Theory]
    [InlineData("sort", 8, "8 properties to sort by")]
    [InlineData("select", 50, "50 properties to show")]
    [InlineData("contains", 100, "100 terms")]
    public void Lists_of_properties_and_of_plain_values_have_an_end(string name, int most, string message)
    {
        Assert.Null(ErrorOf(most));
        Assert.Contains(message, ErrorOf(most + 1)!.Message, StringComparison.Ordinal);

        RqlError? ErrorOf(int count) => RqlQuery.Parse(
            $"{name}({string.Join(',', Enumerable.Range(0, count).Select(static i => i == 0 ? "data.list" : $"data.p{i}"))})",
            RqlSchema.Tasks).Error;
    }

    [Fact]
    public void A_query_string_has_an_end()
    {
        Assert.Null(RqlQuery.Parse($"functionName={new string('x', 100_000 - 13)}", RqlSchema.Tasks).Error);
        Assert.Contains(
            "at most 100000", RqlQuery.Parse($"functionName={new string('x', 100_000 - 12)}", RqlSchema.Tasks).Error!.Message,
            StringComparison.Ordinal);
    }

    /// <summary>The size of a statement grows no faster than the path.</summary>
    [Theory]
    [InlineData("{0}=1")]
    [InlineData("ne({0},null)")]
    [InlineData("contains({0},x=1)")]
    [InlineData("sort({0})")]
    public void Statements_grow_in_line_with_the_path(string format)
    {
        foreach (var dialect in new SqlDialect[] { new PostgresDialect(), new SqliteDialect() })
        {
            var (two, half, whole) = (SizeAt(2), SizeAt(31), SizeAt(60));
            Assert.InRange(whole, two, half + (half - two) + 50);
            Assert.InRange(whole, two, 20_000);

            int SizeAt(int depth)
            {
                var query = RqlQuery.Parse(
                    string.Format(null, format, $"data{string.Concat(Enumerable.Repeat(".a", depth))}"), RqlSchema.Tasks).Query;
                return RqlSearch.Page(dialect, TaskColumns.Of(TaskSearch.StatusesOf(query.Filter)), query).Sql.Length;
            }
        }
    }
}
