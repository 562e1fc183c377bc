namespace TasksBus.Storage.Queries;

/// <summary>Where a property is stored.</summary>
/// <param name="Tables">The aliases of the tables that the expression uses.</param>
/// <param name="IsOptional">True when the property can be missing, which is null.</param>
/// <param name="IsIndexed">For arrays and JSON: true when an index finds the rows that contain a value.</param>
internal sealed record SqlColumn(string Expression, string Tables, bool IsOptional = false, bool IsIndexed = false);

/// <summary>A key by which a list is sorted.</summary>
/// <param name="Direction">What follows the expression.</param>
internal sealed record SqlSortKey(string Expression, string Direction);

/// <summary>Where the properties of a resource are stored.</summary>
internal abstract class SqlColumns
{
    /// <summary>A column that none of the rows has.</summary>
    public const string Nothing = "null";

    /// <summary>The default order, which also orders rows that are equal in a query's own order: the newest first.</summary>
    public abstract IReadOnlyList<SqlSortKey> Newest { get; }

    /// <summary>The column with the number that <see cref="Query.RqlQuery.Before"/> compares. Null when the rows have none.</summary>
    public virtual string? Number => null;

    /// <summary>The table that holds the rows, with the key <c>id</c>.</summary>
    public abstract string Table { get; }

    /// <summary>The column that may be large, and that limits how many rows a page shows.</summary>
    public virtual string Input => "data";

    /// <param name="property">A property of the schema.</param>
    public abstract SqlColumn this[string property] { get; }

    /// <summary>The joined tables that a query needs.</summary>
    /// <param name="tables">The aliases of the tables.</param>
    public abstract string From(IReadOnlySet<char> tables);
}
