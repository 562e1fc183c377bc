using System.Reflection;
using System.Text.RegularExpressions;

namespace TasksBus.UnitTests.Contracts;

/// <summary>
/// Which namespace uses which, by compiled code and by the <c>using</c> directives of the source, because a constant leaves no trace in
/// compiled code.
/// </summary>
internal sealed partial class NamespaceGraph
{
    private readonly Dictionary<string, Dictionary<string, string>> _uses = [];

    /// <param name="part">The namespace that the others are in.</param>
    public static NamespaceGraph Of(Assembly assembly, string part)
    {
        NamespaceGraph graph = new();
        foreach (var type in assembly.GetTypes().Where(type => IsIn(type.Namespace, part)))
        {
            foreach (var used in CodeReferences.Of(type).Where(used => used.Assembly == assembly && IsIn(used.Namespace, part)))
            {
                graph.Add(type.Namespace!, used.Namespace!, $"{type} uses {used}");
            }
        }

        return graph;
    }

    /// <summary>Adds what the source files in a folder name.</summary>
    public NamespaceGraph WithSource(string folder)
    {
        string[] known = [.. _uses.Keys];
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            if (Namespace().Match(text) is { Success: true } match && known.Contains(match.Groups[1].Value))
            {
                foreach (var used in Using().Matches(text).Select(static directive => directive.Groups[1].Value).Where(known.Contains))
                {
                    Add(match.Groups[1].Value, used, $"{Path.GetRelativePath(folder, file)} says using {used}");
                }
            }
        }

        return this;
    }

    /// <summary>The namespaces that a namespace uses, without itself.</summary>
    public IEnumerable<string> UsedBy(string name) => _uses[name].Keys;

    /// <summary>The uses that form circles; empty where there are none.</summary>
    public IReadOnlyList<string> Cycles()
    {
        var left = _uses.Keys.ToHashSet();
        // A namespace that uses none of the others, or that none uses, is in no circle.
        while (left.RemoveWhere(name => !_uses[name].Keys.Any(left.Contains) || !left.Any(other => _uses[other].ContainsKey(name))) > 0)
        {
        }

        return [.. from name in left.Order(StringComparer.Ordinal)
                   from used in _uses[name]
                   where left.Contains(used.Key)
                   select $"{name} -> {used.Key}: {used.Value}"];
    }

    private static bool IsIn(string? name, string part) => name == part || name?.StartsWith($"{part}.", StringComparison.Ordinal) == true;

    private void Add(string from, string to, string reason)
    {
        foreach (var name in (string[])[from, to])
        {
            _uses.TryAdd(name, []);
        }

        if (from != to)
        {
            _uses[from].TryAdd(to, reason);
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
