using System.Data.Common;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage.Queries;

internal sealed class PostgresDialect : SqlDialect
{
    private const string EmptyArray = "'[]'::json";

    public override string Placeholder(int position) => $"${position}";

    public override DbParameter CreateParameter(int position, object value) => value switch
    {
        string text => new NpgsqlParameter<string> { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text },
        string[] texts => new NpgsqlParameter<string[]> { TypedValue = texts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
        int?[] numbers => new NpgsqlParameter<int?[]> { TypedValue = numbers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
        long number => new NpgsqlParameter<long> { TypedValue = number },
        int number => new NpgsqlParameter<int> { TypedValue = number },
        bool yes => new NpgsqlParameter<bool> { TypedValue = yes },
        Guid id => new NpgsqlParameter<Guid> { TypedValue = id },
        _ => throw new ArgumentException($"No parameter is a {value.GetType()}.", nameof(value)),
    };

    public override object IdValue(TaskId id) => id.ToGuid();

    public override TaskId ReadId(DbDataReader row, int column) => TaskId.FromGuid(row.GetGuid(column));

    public override string IdText(string column) => $"left(replace({column}::text, '-', ''), 24)";

    public override string Number(string parameter) => $"{parameter}::numeric";

    public override string Text(string expression) => $"({expression}) collate \"C\"";

    public override string Holds(string text, string part) => $"strpos({text}, {part}) > 0";

    public override string NullsLeast(bool isDescending) => isDescending ? "desc nulls last" : "nulls first";

    public override string Fence => " offset 0";

    // The same operator serves one value and many, and a GIN index on the column supports it.
    public override string ArrayHasAny(string column, IReadOnlyList<string> values, SqlParameters parameters) =>
        $"{column} ?| {parameters.Add(values.ToArray())}";

    public override string Elements(string column, string alias) => $"jsonb_array_elements_text({column}) as {alias}(value)";

    public override string ArrayLength(string column) => $"jsonb_array_length({column})";

    /// <summary>
    /// Uses the index on <c>task_data</c>. A path in lax mode unfolds arrays as queries do, and a little more, so it finds everything that
    /// they find. What <c>task_data</c> does not show is stored as <c>"?"</c>, which may stand for anything. A single operator covers all
    /// of it, because the planner may choose a worse plan for an <c>or</c>.
    /// </summary>
    public override string? MayHave(string column, IReadOnlyList<string> segments, IReadOnlyList<RqlValue> values, SqlParameters parameters)
    {
        if (segments.Any(RqlPath.IsIndex))
        {
            // The segment may be a key or a position.
            return null;
        }

        // The path is written once, however many values it is compared with.
        var path = string.Concat(segments.Select(static segment => $".{JsonSerializer.Serialize(segment)}"));
        var tests = values.Select(static value => "@ == " + value switch
        {
            RqlText text => JsonSerializer.Serialize(text.Text),
            RqlNumber number => number.Digits,
            RqlBoolean boolean => boolean.Value ? "true" : "false",
            _ => throw new ArgumentException($"{value} is in no index.", nameof(values)),
        });
        return $"task_data({column}) @? "
            + $"{parameters.Add($"$ ? (exists (@{path} ? ({string.Join(" || ", tests)})) || @ == \"?\")")}::jsonpath";
    }

    public override string JsonBytes(string column) => $"octet_length({column}::text)";

    public override string JsonAsText(string column) => $"{column}::text";

    /// <summary>
    /// PostgreSQL keeps the escapes \u0000 and of half a surrogate pair in a json, but refuses to look into a json that has them. They are
    /// replaced by U+FFFF, which no query asks for. Before that, each escaped backslash becomes \u005c, so that every remaining backslash
    /// begins an escape.
    /// </summary>
    public override string Json(string column) =>
        $"""
        case when strpos({column}::text, E'\\u') > 0 and {column}::text ~ E'\\\\u(0000|[dD][89a-fA-F])' then
            regexp_replace(regexp_replace(replace(replace({column}::text, E'\\\\', E'\\u005c'), E'\\u0000', E'\\uffff'),
                E'\\\\u[dD][89abAB][0-9a-fA-F]{"{2}"}(?!\\\\u[dD][c-fC-F])', E'\\\\uffff', 'g'),
                E'(?<!\\\\u[dD][89abAB][0-9a-fA-F]{"{2}"})\\\\u[dD][c-fC-F][0-9a-fA-F]{"{2}"}', E'\\\\uffff', 'g')::json
            else {column} end
        """;

    public override string JsonOf(string alias) => $"{alias}.v";

    public override (string From, string Where) Walk(string json, IReadOnlyList<string> segments, string alias, SqlParameters parameters)
    {
        var (before, inside) = ("", $"({json})");
        if (segments.Count > 1)
        {
            var containers = parameters.NewAlias();
            (before, inside) = ($"{Containers(json, [.. segments.SkipLast(1)], parameters)} {containers} cross join ", $"{containers}.v");
        }

        // Behind a fence the value is computed once, however often it is used.
        return ($"{before}lateral (select {Member(inside, segments[^1], parameters)} as v{Fence}) {alias}", $"{alias}.v is not null");
    }

    public override string JsonElements(string alias, string elements) => $"{ElementsOf(alias)} {elements}(v)";

    public override (string From, string Where) JsonObjects(string alias, string objects) => (
        $"lateral (select {alias}.v as v union all select e.value from {ElementsOf(alias)} e(value)) {objects}",
        $"json_typeof({objects}.v) = 'object'");

    public override string JsonNumber(string alias) => NumberIn($"{alias}.v");

    public override string JsonText(string alias) => TextIn($"{alias}.v");

    public override string JsonBoolean(string alias) => BooleanIn($"{alias}.v");

    public override string JsonIsNull(string alias) => $"json_typeof({alias}.v) = 'null'";

    public override IReadOnlyList<string> JsonSortKeys(string json, IReadOnlyList<string> segments, SqlParameters parameters)
    {
        var (value, row) =
            (segments.Aggregate($"({json})", (inside, segment) => $"({Member(inside, segment, parameters)})"), parameters.NewAlias());
        var type = $"coalesce(case json_typeof({row}.v) when 'number' then 1 when 'string' then 2 when 'object' then 3 when 'array' then 4 "
            + "when 'boolean' then 5 end, 0)";
        return [
            .. new[] { type, JsonNumber(row), JsonText(row), JsonBoolean(row) }
                .Select(key => $"(select {key} from (select {value} as v{Fence}) {row})")];
    }

    /// <summary>
    /// The objects and arrays at a path, with arrays on the path unfolded: for an array, itself and the objects in it. The query is
    /// recursive, so that a path of any length is planned like one of two segments. One join for each step would take time and memory that
    /// grow faster than the path.
    /// </summary>
    private string Containers(string json, string[] segments, SqlParameters parameters)
    {
        var (rows, steps, value, unfolded) = (parameters.NewAlias(), parameters.NewAlias(), parameters.NewAlias(), parameters.NewAlias());
        var member = $"{steps}.v -> ({parameters.Add(segments)})[{steps}.depth]";
        var (union, kept, read) = ("union all", "", "");
        if (segments.Any(RqlPath.IsIndex))
        {
            var positions = parameters.Add(
                segments.Select(static segment => RqlPath.IsIndex(segment) ? RqlPath.Index(segment) : (int?)null).ToArray());
            member = $"case json_typeof({steps}.v) when 'array' then {steps}.v -> ({positions})[{steps}.depth] else {member} end";
            // A number may be a position, or a key of the objects in an array. So the number of ways to one value may be too large for any
            // server. Each value is kept once, as its text.
            (union, kept, read) = ("union", "::text", "::json");
        }

        return $"""
            (with recursive {rows}(depth, v) as (
                select 1, ({json}){kept}
                {union}
                select {steps}.depth + 1, {unfolded}.v{kept}
                    from (select depth, v{read} as v from {rows} where depth <= {segments.Length}{Fence}) {steps}
                    cross join lateral (select {member} as v{Fence}) {value}
                    cross join lateral (select {value}.v as v where json_typeof({value}.v) in ('object', 'array')
                        union all select e.value from {ElementsOf(value)} e(value) where json_typeof(e.value) = 'object') {unfolded})
                select v{read} as v from {rows} where depth = {segments.Length + 1})
            """;
    }

    /// <summary>The member of an object, or the element of an array at a position.</summary>
    private static string Member(string json, string segment, SqlParameters parameters) =>
        RqlPath.IsIndex(segment) ? $"{json} #> {parameters.Add(new[] { segment })}" : $"{json} -> {parameters.Add(segment)}";

    private static string ElementsOf(string alias) =>
        $"json_array_elements(case json_typeof({alias}.v) when 'array' then {alias}.v else {EmptyArray} end)";

    /// <summary>Exact for numbers that are no longer than those that queries may contain.</summary>
    private static string NumberIn(string json) =>
        $"(case when json_typeof({json}) = 'number' and length({json} #>> '{"{}"}') <= 400 and ({json} #>> '{"{}"}') !~ "
            + $"'[eE][+-]?[0-9][0-9][0-9][0-9]' then ({json} #>> '{"{}"}')::numeric end)";

    private static string TextIn(string json) => $"(case when json_typeof({json}) = 'string' then {json} #>> '{"{}"}' end) collate \"C\"";

    private static string BooleanIn(string json) => $"(case when json_typeof({json}) = 'boolean' then ({json} #>> '{"{}"}')::boolean end)";
}
