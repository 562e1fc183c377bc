using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace TasksBus.UnitTests.Contracts;

/// <summary>Which project uses which project and package: as the project files say, and as the page on architecture does.</summary>
internal static partial class ProjectTable
{
    private static readonly string s_source = Path.Combine(Repository.Root, "src");

    /// <summary>The rows of the page.</summary>
    public static IEnumerable<string> OfPage() =>
        File.ReadLines(Path.Combine(Repository.Root, "ops", "docs", "architecture.md"))
            .Where(static line => Row().IsMatch(line)).Select(static line => line.Trim());

    /// <summary>The rows that the project files make.</summary>
    public static IEnumerable<string> OfProjects() =>
        Names().Select(static name => $"| `{name}` | {List(Projects(name))} | {List(Packages(name))} |");

    public static IEnumerable<string> Names() =>
        Directory.EnumerateDirectories(s_source).SelectMany(static folder => Directory.EnumerateFiles(folder, "*.csproj"))
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!;

    public static IEnumerable<string> Projects(string name) =>
        Included(name, "ProjectReference")
            .Select(static reference => Path.GetFileNameWithoutExtension(reference.Replace('\\', '/'))).Order(StringComparer.Ordinal);

    public static IEnumerable<string> Packages(string name) => Included(name, "PackageReference").Order(StringComparer.Ordinal);

    /// <summary>The assemblies that see what is internal.</summary>
    public static IEnumerable<string> Friends(string name) => Included(name, "InternalsVisibleTo");

    private static IEnumerable<string> Included(string name, string element) =>
        XDocument.Load(Path.Combine(s_source, name, $"{name}.csproj")).Descendants(element)
            .Where(static item => item.Attribute("PrivateAssets") is null).Select(static item => item.Attribute("Include")!.Value);

    private static string List(IEnumerable<string> names) =>
        string.Join(", ", names.Select(static name => $"`{name}`")) is { Length: > 0 } list ? list : "none";

    [GeneratedRegex(@"^\| `TasksBus[\w.]*` \|")]
    private static partial Regex Row();
}
