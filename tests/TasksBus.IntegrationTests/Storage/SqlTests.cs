using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>How the placeholders of statements are filled.</summary>
public sealed class SqlTests
{
    [Fact]
    public void A_hole_that_is_not_there_and_one_that_is_left_are_refused()
    {
        Assert.Equal(
            "select a from b where c = '{complete,failed}'",
            Sql.Fill("x", "select {column} from b where c = '{complete,failed}'", ("column", "a")));
        Assert.Contains(
            "{table}", Assert.Throws<InvalidOperationException>(() => Sql.Fill("x", "select 1", ("table", "t"))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "{more}", Assert.Throws<InvalidOperationException>(() => Sql.Fill("x", "select {more}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_may_be_known_already_is_stored_by_another_statement()
    {
        Assert.DoesNotContain("on conflict", Sql.Insert, StringComparison.Ordinal);
        Assert.Contains("on conflict (id) do nothing", Sql.InsertUnlessKnown, StringComparison.Ordinal);
    }
}
