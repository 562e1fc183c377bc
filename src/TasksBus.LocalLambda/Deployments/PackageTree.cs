namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// The files and folders of a package, each name once. The time to check a package grows with the number of its names, not with its square.
/// </summary>
internal sealed class PackageTree
{
    private const int Root = 0;
    private const int MostLinks = 40; // one behind the other, as Linux follows them
    private readonly Dictionary<(int Folder, string Name), int> _children = [];
    private readonly List<Node> _nodes = [new(Root, CodeEntryKind.Folder, IsNamed: true)];

    /// <summary>Includes folders that are named only as parts of paths, because they are made too.</summary>
    public int Count => _nodes.Count - 1;

    /// <summary>Adds an entry. Returns null, or the reason why the entry cannot be added.</summary>
    public string? Add(string[] path, CodeEntryKind kind, string? target)
    {
        var at = Root;
        foreach (var name in path[..^1])
        {
            if (!_children.TryGetValue((at, name), out var folder))
            {
                folder = Add(at, name, new(at, CodeEntryKind.Folder, IsNamed: false));
            }
            else if (_nodes[folder].Kind != CodeEntryKind.Folder)
            {
                return $"lies below '{name}', which is no folder";
            }

            at = folder;
        }

        if (!_children.TryGetValue((at, path[^1]), out var known))
        {
            Add(at, path[^1], new(at, kind, IsNamed: true) { Target = target });
            return null;
        }

        if (kind != CodeEntryKind.Folder || _nodes[known].Kind != CodeEntryKind.Folder)
        {
            return _nodes[known].IsNamed ? "is there twice" : "has other entries below it, and is no folder";
        }

        _nodes[known] = _nodes[known] with { IsNamed = true };
        return null;
    }

    /// <summary>
    /// Returns the reason why a package may not have this link, or null. A link may lead anywhere below the root, but not through another
    /// link, because then its path alone would not say where it leads. A link to a folder that contains it would form a circle.
    /// </summary>
    public string? CheckLink(string[] path)
    {
        var link = path.Aggregate(Root, (at, name) => _children[(at, name)]);
        var end = link;
        for (var followed = 0; _nodes[end].Kind == CodeEntryKind.Link; followed++)
        {
            if (followed == MostLinks)
            {
                return "is a link that leads round in circles";
            }

            if (Follow(end, out var next) is { } reason)
            {
                return reason;
            }

            if (next is not { } found)
            {
                return null; // to nothing
            }

            end = found;
        }

        for (var above = _nodes[link].Folder; ; above = _nodes[above].Folder)
        {
            if (above == end)
            {
                return "is a link that leads to a folder above itself";
            }

            if (above == Root)
            {
                return null;
            }
        }
    }

    /// <summary>Returns the target of the link, or null when the target is not in the package.</summary>
    private string? Follow(int link, out int? end)
    {
        const string leadsOut = "is a link that leads out of the package";
        var target = _nodes[link].Target!;
        end = _nodes[link].Folder;
        if (target.Length == 0 || target.StartsWith('/') || target.Contains('\0', StringComparison.Ordinal))
        {
            return leadsOut;
        }

        var isDown = false;
        foreach (var name in target.Split('/').Where(static name => name is not ("" or ".")))
        {
            if (name == ".." && (isDown || end == Root))
            {
                return leadsOut;
            }

            if (end is { } at && _nodes[at].Kind == CodeEntryKind.Link)
            {
                return "is a link that leads through another link";
            }

            isDown |= name != "..";
            end = end is not { } from ? null
                : name == ".." ? _nodes[from].Folder
                : _children.TryGetValue((from, name), out var child) ? child
                : null;
        }

        return null;
    }

    private int Add(int folder, string name, Node node)
    {
        _nodes.Add(node);
        return _children[(folder, name)] = _nodes.Count - 1;
    }

    private sealed record Node(int Folder, CodeEntryKind Kind, bool IsNamed)
    {
        public string? Target { get; init; }
    }
}
