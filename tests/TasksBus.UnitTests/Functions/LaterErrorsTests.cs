using System.Text.RegularExpressions;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>The rules of alerts and the pages cannot read the code, so they are compared with it.</summary>
public sealed partial class LaterErrorsTests
{
    [Fact]
    public void The_alert_about_functions_that_cannot_be_reached_leaves_out_exactly_these_errors()
    {
        var rule = File.ReadAllText(Path.Combine(Repository.Root, "ops", "monitoring", "alerts.yml"))
            .Split("- alert: ").Single(static text => text.StartsWith("TasksBusFunctionUnreachable", StringComparison.Ordinal));

        var leftOut = LeftOut().Matches(rule).Select(static match => match.Groups[1].Value.Split('|').Order(StringComparer.Ordinal));

        Assert.Equal(
            [Sorted(LaterErrors.Throttling), Sorted(LaterErrors.NotReady), Sorted(["FunctionBusy", "FunctionNotHere"])], leftOut);
    }

    [Fact]
    public void The_page_on_AWS_names_each_of_these_errors_where_it_explains_them()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "ops", "docs", "aws.md"));

        Assert.Equal(Sorted(LaterErrors.Throttling), NamesIn(page, "- **Throttled**", "task goes back"));
        Assert.Equal(Sorted(LaterErrors.NotReady), NamesIn(page, "- **Not ready**", "The function"));
    }

    [GeneratedRegex("error_type!~\"([^\"]+)\"")]
    private static partial Regex LeftOut();

    [GeneratedRegex("`([A-Z]\\w+)`")]
    private static partial Regex Name();

    private static IEnumerable<string> NamesIn(string page, string from, string to)
    {
        var text = page[page.IndexOf(from, StringComparison.Ordinal)..];
        return Sorted(Name().Matches(text[..text.IndexOf(to, StringComparison.Ordinal)]).Select(static match => match.Groups[1].Value));
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
}
