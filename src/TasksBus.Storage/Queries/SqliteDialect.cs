using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage.Queries;

/// <summary>
/// A row of JSON is a row of <c>json_each</c>, with a type and a value. An object or an array is represented by its text.
/// </summary>
internal sealed class SqliteDialect : SqlDialect
{
    public override string Placeholder(int position) => $"?{position}";

    public override DbParameter CreateParameter(int position, object value) => new SqliteParameter(Placeholder(position), value);

    public override object IdValue(TaskId id) => id.ToString();

    public override TaskId ReadId(DbDataReader row, int column) => TaskId.Parse(row.GetString(column));

    public override string IdText(string column) => column;

    /// <summary>
    /// Whole numbers of 64 bits are exact here, others have double precision. Both are read by the same rules as numbers in JSON.
    /// </summary>
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
        var containers = parameters.NewAlias();
        return ($"{Containers(json, segments, true, parameters)} {containers} join json_each({containers}.value) {alias}",
            IsMember(containers, alias));
    }

    public override string JsonElements(string alias, string elements) =>
        $"json_each(case {alias}.type when 'array' then {alias}.value else '[]' end) {elements}";

    public override (string From, string Where) JsonObjects(string alias, string objects) =>
        ($"json_each({Unfolded(alias)}) {objects}", $"{objects}.type = 'object'");

    public override string JsonNumber(string alias) => $"(case when {alias}.type in ('integer', 'real') then {alias}.value end)";

    public override string JsonText(string alias) => $"(case when {alias}.type = 'text' then {alias}.value end)";

    public override string JsonBoolean(string alias) => $"(case when {alias}.type in ('true', 'false') then {alias}.value end)";

    public override string JsonIsNull(string alias) => $"{alias}.type = 'null'";

    public override IReadOnlyList<string> JsonSortKeys(string json, IReadOnlyList<string> segments, SqlParameters parameters)
    {
        var (containers, alias) = (parameters.NewAlias(), parameters.NewAlias());
        var from = $"from {Containers(json, segments, false, parameters)} {containers} join json_each({containers}.value) {alias} where "
            + $"{IsMember(containers, alias)} limit 1";
        return
        [
            $"""
            coalesce((select case {alias}.type when 'integer' then 1 when 'real' then 1 when 'text' then 2 when 'object' then 3
                when 'array' then 4 when 'true' then 5 when 'false' then 5 else 0 end {from}), 0)
            """,
            $"(select case when {alias}.type not in ('object', 'array') then {alias}.value end {from})",
        ];
    }

    /// <summary>
    /// The objects and arrays in which the last segment of a path is looked for, as rows with a type, a value, and that segment as a name
    /// and as a position. The query is recursive, because SQLite joins no more than 64 tables.
    /// </summary>
    /// <param name="unfolds">True when an array also stands for the objects in it.</param>
    private static string Containers(string json, IReadOnlyList<string> segments, bool unfolds, SqlParameters parameters)
    {
        if (segments is [var only])
        {
            return $"(select 'object' as type, {json} as value, {parameters.Add(only)} as name, null as position)";
        }

        var (steps, value, unfolded) = (parameters.NewAlias(), parameters.NewAlias(), parameters.NewAlias());
        var names = parameters.Add(JsonSerializer.Serialize(segments));
        var positions = parameters.Add(
            JsonSerializer.Serialize(segments.Select(static segment => RqlPath.IsIndex(segment) ? RqlPath.Index(segment) : (int?)null)));
        // Only objects among an array's elements are searched. The array itself comes first.
        var (inside, rows, areContainers) = unfolds
            ? (unfolded, $" join json_each({Unfolded(value)}) {unfolded}",
                $"({unfolded}.type = 'object' or {unfolded}.type = 'array' and {unfolded}.key = 0)")
            : (value, "", $"{value}.type in ('object', 'array')");
        // A number may be a position or a key of the objects in an array, so many ways may lead to one value. The value is kept once.
        var union = segments.Any(RqlPath.IsIndex) ? "union" : "union all";
        return $"""
            (with recursive {steps}(depth, type, value, name, position) as (
                select 0, 'object', {json}, {names} ->> 0, {positions} ->> 0
                {union}
                select {steps}.depth + 1, {inside}.type, {inside}.value,
                        {names} ->> ({steps}.depth + 1), {positions} ->> ({steps}.depth + 1)
                    from {steps} join json_each({steps}.value) {value}{rows}
                    where {steps}.depth < {segments.Count - 1} and {IsMember(steps, value)} and {areContainers})
                select * from {steps} where depth = {segments.Count - 1})
            """;
    }

    /// <summary>True when a row is the container's member with its name, or the element at its position.</summary>
    private static string IsMember(string container, string row) =>
        $"({container}.type = 'object' and {row}.key = {container}.name or {container}.type = 'array' and "
            + $"{row}.key = {container}.position)";

    /// <summary>For an object: an array with that object. For an array: an array with that array itself and then its elements.</summary>
    private static string Unfolded(string alias) =>
        $"""
        case {alias}.type when 'object' then '[' || {alias}.value || ']'
            when 'array' then '[' || {alias}.value
                || case json_array_length({alias}.value) when 0 then ']' else ',' || substr({alias}.value, 2) end
            else '[]' end
        """;
}
