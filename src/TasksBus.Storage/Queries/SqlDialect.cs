using System.Data.Common;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage.Queries;

/// <summary>
/// How a database says what queries need. JSON is walked through rows: one that is named by an alias holds a JSON value, and has what is named after
/// it. Every value of a query is a parameter.
/// </summary>
internal abstract class SqlDialect
{
    /// <summary>The place of a parameter, counted from 1.</summary>
    public abstract string Placeholder(int position);

    public abstract DbParameter CreateParameter(int position, object value);

    /// <summary>The value of an id's column.</summary>
    public abstract object IdValue(TaskId id);

    public abstract TaskId ReadId(DbDataReader row, int column);

    /// <summary>An id's column as its 24 digits.</summary>
    public abstract string IdText(string column);

    /// <summary>A parameter that is the digits of a number, as that number.</summary>
    public abstract string Number(string parameter);

    /// <summary>A text that is compared by its code points.</summary>
    public abstract string Text(string expression);

    /// <summary>The text holds another one.</summary>
    public abstract string Holds(string text, string part);

    /// <summary>Behind what is sorted by, so that what is null is least.</summary>
    public abstract string NullsLeast(bool isDescending);

    /// <summary>At the end of a query in a query: what is around it is no reason to look for its rows in another way.</summary>
    public virtual string Fence => "";

    // Arrays of strings in a column.

    /// <summary>One of the elements is one of the values.</summary>
    public abstract string ArrayHasAny(string column, IReadOnlyList<string> values, SqlParameters parameters);

    /// <summary>The elements as rows with a column <c>value</c>.</summary>
    public abstract string Elements(string column, string alias);

    public abstract string ArrayLength(string column);

    // JSON.

    /// <summary>What an index answers, and what holds for every task that has one of the values at a path of its data.</summary>
    /// <param name="column">That of the data; it is indexed.</param>
    /// <param name="values">Texts, numbers and booleans.</param>
    /// <returns>Null: no index helps.</returns>
    public virtual string? MayHave(string column, IReadOnlyList<string> segments, IReadOnlyList<RqlValue> values, SqlParameters parameters) => null;

    /// <summary>How many bytes a column of JSON has as it is written.</summary>
    public abstract string JsonBytes(string column);

    /// <summary>A column of JSON as it is written.</summary>
    public abstract string JsonAsText(string column);

    /// <summary>A column of JSON as a value that can be looked into.</summary>
    public abstract string Json(string column);

    /// <summary>The object or array of a row, as a value that can be looked into.</summary>
    public abstract string JsonOf(string alias);

    /// <summary>The values at a path that begins in an object, arrays on it unfolded, as rows.</summary>
    public abstract (string From, string Where) Walk(string json, IReadOnlyList<string> segments, string alias, SqlParameters parameters);

    /// <summary>The elements of a row that is an array; none of another.</summary>
    public abstract string JsonElements(string alias, string elements);

    /// <summary>A row that is an object, or the objects in a row that is an array.</summary>
    public abstract (string From, string Where) JsonObjects(string alias, string objects);

    /// <summary>The number, text or boolean in a row; null where it is none.</summary>
    public abstract string JsonNumber(string alias);

    public abstract string JsonText(string alias);

    public abstract string JsonBoolean(string alias);

    public abstract string JsonIsNull(string alias);

    /// <summary>
    /// What sorts the values at a path that begins in an object: missing and null, then numbers, texts, objects, arrays, booleans. Arrays on the path are not
    /// unfolded; objects and arrays have no order among themselves.
    /// </summary>
    public abstract IReadOnlyList<string> JsonSortKeys(string json, IReadOnlyList<string> segments, SqlParameters parameters);
}

/// <summary>The values of a query, in the order of their places.</summary>
internal sealed class SqlParameters(SqlDialect dialect)
{
    private readonly List<DbParameter> _parameters = [];
    private int _aliases;

    public IReadOnlyList<DbParameter> All => _parameters;

    /// <returns>The value's place.</returns>
    public string Add(object value)
    {
        var position = _parameters.Count + 1;
        _parameters.Add(dialect.CreateParameter(position, value));
        return dialect.Placeholder(position);
    }

    /// <summary>A name for rows that nothing else in the query has.</summary>
    public string NewAlias() => $"j{++_aliases}";
}
