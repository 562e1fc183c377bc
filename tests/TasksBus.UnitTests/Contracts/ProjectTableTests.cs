using System.Xml.Linq;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

public sealed class ProjectTableTests
{
    private static readonly Dictionary<string, XDocument> s_projects = Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .ToDictionary(static file => Path.GetFileNameWithoutExtension(file), XDocument.Load);

    [Fact]
    public void The_documented_table_says_who_uses_whom()
    {
        var rows = InOrder().Select(static project => $"| `src/{project}` | {(Uses(project).Any() ? string.Join(", ", Uses(project)) : "none")} |");

        Snapshot.Matches(
            "ops/docs/architecture.md", $"\n| project | uses |\n| --- | --- |\n{string.Join('\n', rows)}\n\n",
            "<!-- Projects: made from the project files -->\n", "<!-- End of the projects -->");
    }

    /// <summary>Each project behind all that it uses. A cycle has no such order.</summary>
    private static List<string> InOrder()
    {
        List<string> order = [];
        while (order.Count < s_projects.Count)
        {
            var next = s_projects.Keys.Except(order).Where(project => Uses(project).All(order.Contains)).Order(StringComparer.Ordinal).FirstOrDefault();
            Assert.True(next is not null, $"{string.Join(", ", s_projects.Keys.Except(order))} use each other.");
            order.Add(next);
        }

        return order;
    }

    private static IEnumerable<string> Uses(string project) => s_projects[project].Descendants("ProjectReference")
        .Select(static item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value)).Order(StringComparer.Ordinal);
}
