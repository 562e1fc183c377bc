namespace TasksBus.Storage.Queries;

/// <summary>Where a property is stored.</summary>
/// <param name="Tables">The aliases of the tables that the expression names.</param>
/// <param name="IsOptional">Whether it can be missing, which is null.</param>
/// <param name="IsIndexed">Of arrays and JSON: whether an index finds what has a value in it.</param>
internal sealed record SqlColumn(string Expression, string Tables, bool IsOptional = false, bool IsIndexed = false);

/// <summary>What a list is sorted by.</summary>
/// <param name="Direction">What stands behind the expression.</param>
internal sealed record SqlSortKey(string Expression, string Direction);

/// <summary>Where the properties of a resource are stored.</summary>
internal abstract class SqlColumns
{
    /// <summary>A column that none of what is looked for has.</summary>
    public const string Nothing = "null";

    /// <summary>The order where a query says none, and of those that are alike in its own: the newest first.</summary>
    public abstract IReadOnlyList<SqlSortKey> Newest { get; }

    /// <summary>The table that holds what is found, by <c>id</c>.</summary>
    public abstract string Table { get; }

    /// <param name="property">One of its schema.</param>
    public abstract SqlColumn this[string property] { get; }

    /// <summary>The tables that are needed, joined.</summary>
    /// <param name="tables">Their aliases.</param>
    public abstract string From(IReadOnlySet<char> tables);
}
