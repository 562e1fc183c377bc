using System.Data.Common;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage.Queries;

/// <summary>
/// The parts of a query's SQL that differ between databases. JSON is processed as rows: a row that is named by an alias holds one JSON
/// value, and the methods that take the alias read that value. Every value of a query is a parameter.
/// </summary>
internal abstract class SqlDialect
{
    /// <summary>The placeholder of a parameter, counted from 1.</summary>
    public abstract string Placeholder(int position);

    public abstract DbParameter CreateParameter(int position, object value);

    /// <summary>The value of an id's column.</summary>
    public abstract object IdValue(TaskId id);

    public abstract TaskId ReadId(DbDataReader row, int column);

    /// <summary>The text of an id's column, 24 digits.</summary>
    public abstract string IdText(string column);

    /// <summary>Converts a parameter that contains the digits of a number to that number.</summary>
    public abstract string Number(string parameter);

    /// <summary>Makes a text compare by its code points.</summary>
    public abstract string Text(string expression);

    /// <summary>True when the text contains the other one.</summary>
    public abstract string Holds(string text, string part);

    /// <summary>Follows a sort key, so that null sorts as the least value.</summary>
    public abstract string NullsLeast(bool isDescending);

    /// <summary>Ends a subquery, so that the planner does not merge it with the query around it.</summary>
    public virtual string Fence => "";

    // Arrays of strings in a column:

    /// <summary>True when one of the elements is one of the values.</summary>
    public abstract string ArrayHasAny(string column, IReadOnlyList<string> values, SqlParameters parameters);

    /// <summary>The elements as rows with a column <c>value</c>.</summary>
    public abstract string Elements(string column, string alias);

    public abstract string ArrayLength(string column);

    // JSON:

    /// <summary>A condition that an index supports and that holds for every task with one of the values at a path of its data.</summary>
    /// <param name="column">The column of the data, which is indexed.</param>
    /// <param name="values">Texts, numbers and booleans.</param>
    /// <returns>Null when no index helps.</returns>
    public virtual string? MayHave(
        string column, IReadOnlyList<string> segments, IReadOnlyList<RqlValue> values, SqlParameters parameters) => null;

    /// <summary>The size in bytes of a JSON column, as it is written.</summary>
    public abstract string JsonBytes(string column);

    /// <summary>The text of a JSON column, as it is written.</summary>
    public abstract string JsonAsText(string column);

    /// <summary>A JSON column as a value that can be navigated.</summary>
    public abstract string Json(string column);

    /// <summary>The object or array of a row, as a value that can be navigated.</summary>
    public abstract string JsonOf(string alias);

    /// <summary>The values at a path that begins in an object, as rows. Arrays on the path are unfolded.</summary>
    public abstract (string From, string Where) Walk(string json, IReadOnlyList<string> segments, string alias, SqlParameters parameters);

    /// <summary>The elements of a row that is an array. Other rows have none.</summary>
    public abstract string JsonElements(string alias, string elements);

    /// <summary>A row that is an object, or the objects in a row that is an array.</summary>
    public abstract (string From, string Where) JsonObjects(string alias, string objects);

    /// <summary>The number, text or boolean in a row. Null when the row is of another type.</summary>
    public abstract string JsonNumber(string alias);

    public abstract string JsonText(string alias);

    public abstract string JsonBoolean(string alias);

    public abstract string JsonIsNull(string alias);

    /// <summary>
    /// The keys that sort by the value at a path that begins in an object: missing and null first, then numbers, texts, objects, arrays,
    /// booleans. Arrays on the path are not unfolded. Objects and arrays have no order among themselves.
    /// </summary>
    public abstract IReadOnlyList<string> JsonSortKeys(string json, IReadOnlyList<string> segments, SqlParameters parameters);
}

/// <summary>The values of a query, in the order of their placeholders.</summary>
internal sealed class SqlParameters(SqlDialect dialect)
{
    private readonly List<DbParameter> _parameters = [];
    private int _aliases;

    public IReadOnlyList<DbParameter> All => _parameters;

    /// <returns>The placeholder of the value.</returns>
    public string Add(object value)
    {
        var position = _parameters.Count + 1;
        _parameters.Add(dialect.CreateParameter(position, value));
        return dialect.Placeholder(position);
    }

    /// <summary>Makes an alias for rows that is unique in the query.</summary>
    public string NewAlias() => $"j{++_aliases}";
}
