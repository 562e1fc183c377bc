using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

/// <summary>The page on architecture names the methods through which a task goes.</summary>
public sealed partial class WayOfATaskTests
{
    private const BindingFlags Any =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Lazy<HashSet<string>> s_methods = new(() =>
    [
        .. new[] { "TasksBus", "TasksBus.Lambda", "TasksBus.RabbitMq", "TasksBus.Service", "TasksBus.Storage" }
            .SelectMany(static name => Assembly.Load(name).GetTypes())
            .SelectMany(static type => type.GetMethods(Any).Select(method => $"{type.Name.Split('`')[0]}.{method.Name.Split('.')[^1]}")),
    ]);

    [Fact]
    public void Each_method_is_there_and_each_leg_says_how_many_it_has()
    {
        var legs = Legs().Matches(File.ReadAllText(Path.Combine(Repository.Root, "ops", "docs", "architecture.md")));
        Assert.Equal(["Stored", "Released", "Run", "Reported"], legs.Select(static leg => leg.Groups[1].Value));

        foreach (Match leg in legs)
        {
            var names = Method().Matches(leg.Groups[3].Value).Select(static name => name.Groups[1].Value).ToArray();
            Assert.Equal(int.Parse(leg.Groups[2].Value, CultureInfo.InvariantCulture), names.Distinct().Count());
            Assert.Equal([], names.Except(s_methods.Value));
        }
    }

    [GeneratedRegex(@"^\d\. \*\*(\w+)\*\*, (\d+) methods in ((?:(?!\d\. ).+\n)+)", RegexOptions.Multiline)]
    private static partial Regex Legs();

    [GeneratedRegex(@"`([A-Z]\w+\.[A-Z]\w+)`")]
    private static partial Regex Method();
}
