using System.Data.Common;
using Microsoft.Data.Sqlite;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage.Queries;

/// <summary>A row of JSON is one of <c>json_each</c>, with a type and a value; an object or an array is its text.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    public override string Placeholder(int position) => $"?{position}";

    public override DbParameter CreateParameter(int position, object value) => new SqliteParameter(Placeholder(position), value);

    public override object IdValue(TaskId id) => id.ToString();

    public override TaskId ReadId(DbDataReader row, int column) => TaskId.Parse(row.GetString(column));

    public override string IdText(string column) => column;

    /// <summary>Whole numbers of 64 bits are exact here, others have double precision; both are read by the same rules as those in JSON.</summary>
    public override string Number(string parameter) => $"cast({parameter} as numeric)";

    public override string Text(string expression) => expression;

    public override string Holds(string text, string part) => $"instr({text}, {part}) > 0";

    public override string NullsLeast(bool isDescending) => isDescending ? "desc" : "asc";

    public override string ArrayHasAny(string column, IReadOnlyList<string> values, SqlParameters parameters) =>
        $"exists (select 1 from json_each({column}) e where e.value in ({string.Join(", ", values.Select(parameters.Add))}))";

    public override string Elements(string column, string alias) => $"json_each({column}) {alias}";

    public override string ArrayLength(string column) => $"json_array_length({column})";

    public override string JsonBytes(string column) => $"length(cast({column} as blob))";

    public override string JsonAsText(string column) => column;

    public override string Json(string column) => column;

    public override string JsonOf(string alias) => $"{alias}.value";

    public override (string From, string Where) Walk(string json, IReadOnlyList<string> segments, string alias, SqlParameters parameters)
    {
        List<string> steps = [], conditions = [];
        string? before = null;
        for (var i = 0; i < segments.Count; i++)
        {
            var value = i == segments.Count - 1 ? alias : parameters.NewAlias();
            steps.Add($"json_each({(before is null ? json : Container(before))}) {value}");
            var key = $"{value}.key = {parameters.Add(segments[i])}";
            conditions.Add(before is null ? key
                : RqlPath.IsIndex(segments[i]) ? $"({before}.type = 'object' and {key} or {before}.type = 'array' and {value}.key = {parameters.Add((long)RqlPath.Index(segments[i]))})"
                : $"{before}.type = 'object' and {key}");
            if (value != alias)
            {
                before = parameters.NewAlias();
                steps.Add($"json_each({Unfolded(value)}) {before}");
                // Of an array's elements only objects are looked into; the array itself comes first.
                conditions.Add($"({before}.type = 'object' or {before}.type = 'array' and {before}.key = 0)");
            }
        }

        return (string.Join(" join ", steps), string.Join(" and ", conditions));
    }

    public override string JsonElements(string alias, string elements) => $"json_each(case {alias}.type when 'array' then {alias}.value else '[]' end) {elements}";

    public override (string From, string Where) JsonObjects(string alias, string objects) => ($"json_each({Unfolded(alias)}) {objects}", $"{objects}.type = 'object'");

    public override string JsonNumber(string alias) => $"(case when {alias}.type in ('integer', 'real') then {alias}.value end)";

    public override string JsonText(string alias) => $"(case when {alias}.type = 'text' then {alias}.value end)";

    public override string JsonBoolean(string alias) => $"(case when {alias}.type in ('true', 'false') then {alias}.value end)";

    public override string JsonIsNull(string alias) => $"{alias}.type = 'null'";

    public override IReadOnlyList<string> JsonSortKeys(string json, IReadOnlyList<string> segments, SqlParameters parameters)
    {
        List<string> steps = [], conditions = [];
        var (inside, alias) = (json, "");
        foreach (var segment in segments)
        {
            var before = alias;
            alias = parameters.NewAlias();
            steps.Add($"json_each({inside}) {alias}");
            var key = $"{alias}.key = {parameters.Add(segment)}";
            conditions.Add(before.Length > 0 && RqlPath.IsIndex(segment)
                ? $"({before}.type = 'object' and {key} or {before}.type = 'array' and {alias}.key = {parameters.Add((long)RqlPath.Index(segment))})"
                : key);
            inside = Container(alias);
        }

        var from = $"from {string.Join(" join ", steps)} where {string.Join(" and ", conditions)} limit 1";
        return
        [
            $"""
            coalesce((select case {alias}.type when 'integer' then 1 when 'real' then 1 when 'text' then 2 when 'object' then 3 when 'array' then 4
                when 'true' then 5 when 'false' then 5 else 0 end {from}), 0)
            """,
            $"(select case when {alias}.type not in ('object', 'array') then {alias}.value end {from})",
        ];
    }

    /// <summary>What a row holds, or an empty array where that is neither object nor array.</summary>
    private static string Container(string alias) => $"case when {alias}.type in ('object', 'array') then {alias}.value else '[]' end";

    /// <summary>An array of a row's object; of a row's array, that array itself and then its elements.</summary>
    private static string Unfolded(string alias) =>
        $"""
        case {alias}.type when 'object' then '[' || {alias}.value || ']'
            when 'array' then '[' || {alias}.value || case json_array_length({alias}.value) when 0 then ']' else ',' || substr({alias}.value, 2) end
            else '[]' end
        """;
}
