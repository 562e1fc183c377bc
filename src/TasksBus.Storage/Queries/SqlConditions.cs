using TasksBus.Query;

namespace TasksBus.Storage.Queries;

/// <summary>
/// Writes a query's conditions as SQL. An unknown result (null) counts as false. A negation is written as <c>is not true</c>.
/// </summary>
internal sealed class SqlConditions(SqlDialect dialect, SqlColumns columns, SqlParameters parameters, HashSet<char> tables)
{
    private const int GroupSize = 100;
    private const string Always = "true";
    private const string Never = "false";

    private bool _isNegated;

    /// <summary>True when an index finds all rows that match, though not in the order of a list.</summary>
    public bool IsSelective { get; private set; }

    /// <param name="inside">For conditions on an element of an array: the element's JSON.</param>
    public string Write(RqlCondition condition, string? inside = null) => condition switch
    {
        RqlAll all => Join(" and ", all.Conditions.Select(one => Write(one, inside)), Always),
        RqlAny any => Any(any, inside),
        RqlNot not => Not(not, inside),
        RqlHas has => Has(has.Path, inside),
        RqlMatch match => Match(match, inside),
        RqlHasElement element => HasElement(element, inside),
        _ => throw new ArgumentException($"{condition} is no condition.", nameof(condition)),
    };

    /// <summary>The SQL keys that sort by a property.</summary>
    public IEnumerable<SqlSortKey> Order(RqlSortKey key)
    {
        var (path, isDescending) = (key.Path, key.IsDescending);
        var column = Column(path);
        if (column.Expression == SqlColumns.Nothing)
        {
            return [];
        }

        if (path is { Kind: RqlKind.Json, Segments.Count: > 0 })
        {
            return dialect.JsonSortKeys(dialect.Json(column.Expression), path.Segments, parameters)
                .Select(one => new SqlSortKey(one, dialect.NullsLeast(isDescending)));
        }

        var expression = path.Kind switch
        {
            RqlKind.Json or RqlKind.Composed => $"{column.Expression} is not null",
            // Arrays sort by their least element, or in descending order by their greatest.
            RqlKind.TextArray or RqlKind.IdArray =>
                $"(select {(isDescending ? "max" : "min")}({dialect.Text("e.value")}) from {dialect.Elements(column.Expression, "e")})",
            RqlKind.Text or RqlKind.Id when path.Segments.Count > 0 => dialect.Text(Element(path, column)),
            RqlKind.Text => dialect.Text(column.Expression),
            _ => column.Expression,
        };
        var isOptional = column.IsOptional || path.Segments.Count > 0 || path.Kind == RqlKind.TextArray;
        return [new(expression, isOptional ? dialect.NullsLeast(isDescending) : isDescending ? "desc" : "asc")];
    }

    /// <summary>An index finds the rows that match one of several conditions if an index finds them for each condition.</summary>
    private string Any(RqlAny any, string? inside)
    {
        var (others, all) = (IsSelective, any.Conditions.Count > 0);
        List<string> conditions = [];
        foreach (var one in any.Conditions)
        {
            IsSelective = false;
            conditions.Add(Write(one, inside));
            all &= IsSelective;
        }

        IsSelective = others || all;
        return Join(" or ", conditions, Never);
    }

    /// <summary>No index finds the rows that do not match a condition.</summary>
    private string Not(RqlNot not, string? inside)
    {
        var before = _isNegated;
        _isNegated = true;
        var condition = Write(not.Condition, inside);
        _isNegated = before;
        return $"({condition}) is not true";
    }

    private string Has(RqlPath path, string? inside)
    {
        if (path is { Kind: RqlKind.Json, Segments.Count: > 0 })
        {
            var (from, where) = dialect.Walk(Root(path, inside), path.Segments, parameters.NewAlias(), parameters);
            return $"{Mentions(path)}exists (select 1 from {from} where {where})";
        }

        var column = Column(path);
        return path.Segments is [var index] ? $"{dialect.ArrayLength(column.Expression)} > {RqlPath.Index(index)}"
            : column.IsOptional ? $"{column.Expression} is not null"
            : Always;
    }

    private string HasElement(RqlHasElement element, string? inside)
    {
        var (value, one) = (parameters.NewAlias(), parameters.NewAlias());
        var (from, where) = dialect.Walk(Root(element.Path, inside), element.Path.Segments, value, parameters);
        var (objects, areObjects) = dialect.JsonObjects(value, one);
        return $"{Mentions(element.Path)}exists (select 1 from {from} cross join {objects} where {where} and {areObjects} and "
            + $"{Write(element.Condition, dialect.JsonOf(one))})";
    }

    private string Match(RqlMatch match, string? inside)
    {
        var path = match.Path;
        if (path.Kind == RqlKind.Json)
        {
            return MatchJson(match, inside);
        }

        var column = Column(path);
        switch (path.Kind)
        {
            case RqlKind.Timestamp:
                return Join(
                    " or ", match.Values.OfType<RqlInstant>().Select(instant => AsShown(column.Expression, match.Test, instant.Ticks)),
                    Never);
            case RqlKind.Number or RqlKind.Boolean:
                return Compare(column.Expression, match.Test, match.Values.Select(Parameter));
            case RqlKind.TextArray or RqlKind.IdArray when match.Test == RqlTest.Equal:
                IsSelective |= column.IsIndexed && !_isNegated;
                return dialect.ArrayHasAny(column.Expression, [.. match.Values.Select(TextOf)], parameters);
            case RqlKind.TextArray or RqlKind.IdArray:
                var element = dialect.Text("e.value");
                return $"exists (select 1 from {dialect.Elements(column.Expression, "e")} where "
                    + $"{Compare(element, match.Test, match.Values.Select(value => parameters.Add(TextOf(value))))})";
            case RqlKind.Id when match.Test != RqlTest.Like && path.Segments.Count == 0:
                return Compare(column.Expression, match.Test, match.Values.Select(Parameter));
            case RqlKind.Id when path.Segments.Count == 0:
                return Compare(dialect.IdText(column.Expression), match.Test, match.Values.Select(Parameter));
            default:
                var text = path.Segments.Count > 0 ? Element(path, column) : column.Expression;
                return Compare(dialect.Text(text), match.Test, match.Values.Select(value => parameters.Add(TextOf(value))));
        }
    }

    /// <summary>Each type is compared only with values of its own type.</summary>
    private string MatchJson(RqlMatch match, string? inside)
    {
        var (path, test) = (match.Path, match.Test);
        var matchesNull = test is RqlTest.Equal or RqlTest.LessOrEqual or RqlTest.GreaterOrEqual
            && match.Values.Any(static value => value is RqlNull);
        if (path.Segments.Count == 0)
        {
            // The whole data is an object, which equals no value.
            return matchesNull ? $"{Column(path).Expression} is null" : Never;
        }

        List<(Func<string, string> Value, List<string> Parameters)> tests = [];
        foreach (var group in match.Values.GroupBy(static value => value.GetType()))
        {
            List<string> places = group.Key == typeof(RqlNull) ? [] : [.. group.Select(Parameter)];
            tests.Add(
                (group.Key == typeof(RqlNumber) ? dialect.JsonNumber
                    : group.Key == typeof(RqlBoolean) ? dialect.JsonBoolean
                    : dialect.JsonText,
                    places));
        }

        var alias = parameters.NewAlias();
        var element = parameters.NewAlias();
        var (from, where) = dialect.Walk(Root(path, inside), path.Segments, alias, parameters);
        var isText = test is RqlTest.Equal or RqlTest.Like && match.Values.All(static value => value is RqlText);
        var words = isText ? match.Values.Select(value => test == RqlTest.Like ? TextOf(value) : $"\"{TextOf(value)}\"") : [];
        var found = $"{MayHave(match)}{Mentions(path, [.. words])}exists (select 1 from {from} where {where} and ({Test(alias)} or exists "
            + $"(select 1 from {dialect.JsonElements(alias, element)} where {Test(element)})))";
        return matchesNull ? $"({found} or {Write(new RqlNot(new RqlHas(path)), inside)})" : found;

        string Test(string row) =>
            Join(" or ", tests.Where(static one => one.Parameters.Count > 0).Select(one => Compare(one.Value(row), test, one.Parameters))
            .Concat(matchesNull ? [dialect.JsonIsNull(row)] : []), Never);
    }

    /// <summary>
    /// A cheap check before the JSON of each task is parsed: the text contains the path's keys and one of the words. An escape may stand
    /// for any letter, so the check says nothing when there is a backslash.
    /// </summary>
    private string Mentions(RqlPath path, params IReadOnlyList<string> words)
    {
        if (path.Property.Length == 0)
        {
            return "";
        }

        var text = dialect.JsonAsText(Column(path).Expression);
        var keys = path.Segments.Where(static segment => !RqlPath.IsIndex(segment))
            .Select(segment => dialect.Holds(text, parameters.Add($"\"{segment}\"")));
        string[] all = [
            .. keys,
            .. words.Count is > 0 and < 5
                ? [Join(" or ", words.Select(word => dialect.Holds(text, parameters.Add(word))), Never)] : Array.Empty<string>()];
        return all is [] ? "" : $"({dialect.Holds(text, parameters.Add("\\"))} or {Join(" and ", all, Always)}) and ";
    }

    /// <summary>The condition that an index supports for a path in the data of tasks.</summary>
    private string MayHave(RqlMatch match)
    {
        if (_isNegated || match is not { Test: RqlTest.Equal, Path.Property.Length: > 0 }
            || match.Values.Any(static value => value is RqlNull)
            || Column(match.Path) is not { IsIndexed: true } column
            || dialect.MayHave(column.Expression, match.Path.Segments, match.Values, parameters) is not { } condition)
        {
            return "";
        }

        IsSelective = true;
        return $"{condition} and ";
    }

    private string Compare(string expression, RqlTest test, IEnumerable<string> places)
    {
        string[] all = [.. places];
        return test switch
        {
            RqlTest.Equal => all is [var one] ? $"{expression} = {one}" : $"{expression} in ({string.Join(", ", all)})",
            RqlTest.Like => Join(" or ", all.Select(place => dialect.Holds(expression, place)), Never),
            _ => Join(" or ", all.Select(place => $"{expression} {Sign(test)} {place}"), Never),
        };
    }

    private static string Sign(RqlTest test) => test switch
    {
        RqlTest.Less => "<",
        RqlTest.LessOrEqual => "<=",
        RqlTest.Greater => ">",
        _ => ">=",
    };

    /// <summary>The database stores microseconds and shows whole milliseconds. A value may have more digits than both.</summary>
    private string AsShown(string column, RqlTest test, long ticks)
    {
        var (millisecond, rest) = (Math.DivRem(ticks, TimeSpan.TicksPerMillisecond).Quotient, ticks % TimeSpan.TicksPerMillisecond);
        if (rest < 0)
        {
            (millisecond, rest) = (millisecond - 1, rest + TimeSpan.TicksPerMillisecond);
        }

        // The first stored time that is shown at or after the value, and the first one that is shown after it.
        var (from, after) = (millisecond * 1_000 + (rest > 0 ? 1_000 : 0), (millisecond + 1) * 1_000);
        return test switch
        {
            RqlTest.Equal => rest > 0 ? Never : $"({column} >= {parameters.Add(from)} and {column} < {parameters.Add(after)})",
            RqlTest.Less => $"{column} < {parameters.Add(from)}",
            RqlTest.LessOrEqual => $"{column} < {parameters.Add(after)}",
            RqlTest.Greater => $"{column} >= {parameters.Add(after)}",
            _ => $"{column} >= {parameters.Add(from)}",
        };
    }

    private string Parameter(RqlValue value) => value switch
    {
        RqlText text => parameters.Add(text.Text),
        RqlNumber number => dialect.Number(parameters.Add(number.Digits)),
        RqlBoolean boolean => parameters.Add(boolean.Value),
        RqlId id => parameters.Add(dialect.IdValue(id.Id)),
        _ => throw new ArgumentException($"{value} is no parameter.", nameof(value)),
    };

    private static string TextOf(RqlValue value) => value is RqlId id ? id.Id.ToString() : ((RqlText)value).Text;

    private SqlColumn Column(RqlPath path)
    {
        var column = columns[path.Property];
        tables.UnionWith(column.Tables);
        return column;
    }

    private string Root(RqlPath path, string? inside) => path.Property.Length == 0 ? inside! : dialect.Json(Column(path).Expression);

    private static string Element(RqlPath path, SqlColumn array) => $"({array.Expression} ->> {RqlPath.Index(path.Segments[0])})";

    /// <summary>Groups many conditions, because SQLite allows a nesting of at most a thousand.</summary>
    private static string Join(string by, IEnumerable<string> conditions, string ofNone)
    {
        string[] all = [.. conditions];
        return all.Length > GroupSize ? Join(by, all.Chunk(GroupSize).Select(group => Join(by, group, ofNone)), ofNone)
            : all is [] ? ofNone : all is [var one] ? one : $"({string.Join(by, all)})";
    }
}
