using System.Text.RegularExpressions;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

/// <summary>
/// How long lines, methods and files may be. What a tool writes is left out. Of the pages, tests/end-to-end checks the lines.
/// </summary>
public sealed partial class SourceLimitsTests
{
    private const int MostColumns = 140;
    private const int MostLines = 300;
    private const int MostLinesOfMethod = 60;

    /// <summary>The schemas are written by the tests that compare them.</summary>
    private const string Written = "schema.sql";

    private static readonly string[] s_foldersOfTools = ["bin", "obj", "node_modules", "Migrations"];

    private static readonly Lazy<IReadOnlyList<(string Path, string[] Lines)>> s_files = new(static () =>
    [
        .. new[] { "src", "tests", "ops" }.SelectMany(static folder => Below(Path.Combine(Repository.Root, folder)))
            .Where(static file => Path.GetExtension(file) is ".cs" or ".mjs" or ".sql" && Path.GetFileName(file) != Written)
            .Select(static file => (Path.GetRelativePath(Repository.Root, file), File.ReadAllLines(file))),
    ]);

    [Fact]
    public void The_files_are_found() => Assert.All(
        [".cs", ".mjs", ".sql"],
        static ending => Assert.True(s_files.Value.Count(file => file.Path.EndsWith(ending, StringComparison.Ordinal)) > 10, ending));

    [Fact]
    public void No_line_has_more_than_140_columns() => None(s_files.Value.SelectMany(static file => file.Lines
        .Select((line, index) => (line.Length, Place: $"{file.Path}:{index + 1}: {line.Length}"))
        .Where(static line => line.Length > MostColumns).Select(static line => line.Place)));

    [Fact]
    public void No_file_has_more_than_300_lines() => None(s_files.Value
        .Where(static file => file.Lines.Length > MostLines).Select(static file => $"{file.Path}: {file.Lines.Length}"));

    [Fact]
    public void No_method_has_more_than_60_lines() => None(s_files.Value
        .Where(static file => Path.GetExtension(file.Path) == ".cs")
        .SelectMany(static file => Methods(file.Lines).Where(static method => method.Length > MostLinesOfMethod)
            .Select(method => $"{file.Path}:{method.Line}: {method.Length}")));

    [Fact]
    public void A_method_counts_from_its_first_line_to_its_last()
    {
        string[] lines = """
            public class C
            {
                void M<T>(
                    int n)
                    where T : class
                {
                    if (n > 0)
                    {
                    }
                }

                int F(int n) => n switch
                {
                    _ => 0,
                };
            }
            """.Split('\n');

        Assert.Equal([(3, 8), (12, 4)], Methods(lines));
    }

    /// <summary>
    /// The members of types that have a block, by the indentation that the build checks: the number of the first line and the number of
    /// lines.
    /// </summary>
    private static IEnumerable<(int Line, int Length)> Methods(string[] lines)
    {
        Stack<(int Column, int First, bool IsType)> open = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var column = lines[i].Length - lines[i].TrimStart().Length;
            var text = lines[i].Trim();
            if (text == "{")
            {
                var first = i - 1;
                while (first > 0 && (lines[first].Length <= column || lines[first][column] == ' '))
                {
                    first--;
                }

                open.Push((column, first, TypeOrNamespace().IsMatch(lines[first])));
            }
            else if (text.StartsWith('}') && open.TryPeek(out var block) && block.Column == column)
            {
                open.Pop();
                if (!block.IsType && open.TryPeek(out var around) && around.IsType)
                {
                    yield return (block.First + 1, i - block.First + 1);
                }
            }
        }
    }

    private static void None(IEnumerable<string> places)
    {
        var all = string.Join('\n', places);
        Assert.True(all.Length == 0, all);
    }

    private static IEnumerable<string> Below(string folder) => Directory.EnumerateFiles(folder).Concat(
        Directory.EnumerateDirectories(folder).Where(static each => !s_foldersOfTools.Contains(Path.GetFileName(each))).SelectMany(Below));

    [GeneratedRegex(
        @"^\s*((public|private|protected|internal|static|sealed|abstract|partial|readonly|file|ref)\s+)*"
            + @"(class|record|struct|interface|namespace)\b")]
    private static partial Regex TypeOrNamespace();
}
