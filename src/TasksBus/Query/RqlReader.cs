using System.Globalization;
using Superpower.Model;

namespace TasksBus.Query;

/// <summary>Makes a query of terms: knows the operators and what each takes.</summary>
internal sealed class RqlReader(RqlSchema schema)
{
    /// <summary>More are refused: what a database does for a query stays bounded.</summary>
    private const int MaxConditions = 100;

    /// <summary>Of <c>in</c> and <c>out</c>, all together: databases take only so many, and look at one after the other.</summary>
    private const int MaxValues = 2_000;

    private const int MaxSortKeys = 8;
    private const int MaxSelected = 50;

    private const string Operators = "eq, ne, lt, le, gt, ge, in, out, like, contains, excludes, and, or, select, sort, limit, skipCount";

    private RqlQuery _query = RqlQuery.Everything with { Limit = schema.DefaultLimit };
    private int _conditions;
    private int _values;

    public RqlQuery Read(IReadOnlyList<RqlTerm> terms)
    {
        Scope top = new(schema, [], TakesDirectives: true);
        var conditions = ReadAll(terms.Where(static term => term.Text.Length > 0 || term.Arguments is not null), top);
        return _query with { Filter = conditions is [var one] ? one : new RqlAll(conditions) };
    }

    /// <summary>The conditions among terms; the others say what to do with what is found.</summary>
    private List<RqlCondition> ReadAll(IEnumerable<RqlTerm> terms, Scope scope) => [.. terms.Select(term => ReadTerm(term, scope)).OfType<RqlCondition>()];

    private RqlCondition? ReadTerm(RqlTerm term, Scope scope)
    {
        Count(term);
        if (term.Arguments is not { } arguments)
        {
            return RqlGrammar.Sugar(term.Text) is { } sugar
                ? ReadMatch(sugar.Operator, sugar.Property, [sugar.Value], scope)
                : throw Wrong(term, $"'{RqlException.Short(term.Text.ToStringValue())}' says no condition. Write property=value or operator(property,value).");
        }

        var name = term.Text.ToStringValue();
        switch (name)
        {
            case "and" or "or":
                return ReadGroup(term, arguments, scope);
            case "eq" or "ne" or "lt" or "le" or "gt" or "ge" or "like":
                return arguments.Count == 2 ? ReadMatch(name, TextOf(arguments[0]), [TextOf(arguments[1])], scope)
                    : throw Wrong(term, $"{name} takes a property and a value: {name}(property,value). In a value, write ',' as %252C.");
            case "in" or "out":
                _values += arguments.Count - 1;
                return _values > MaxValues ? throw Wrong(term, $"The query has more than {MaxValues} values. Ask for less at once.")
                    : arguments.Count >= 2 ? ReadMatch(name, TextOf(arguments[0]), [.. arguments.Skip(1).Select(TextOf)], scope)
                    : throw Wrong(term, $"{name} takes a property and values: {name}(property,value,...).");
            case "contains" or "excludes":
                var has = arguments.Count >= 1 ? ReadHas(arguments, scope) : throw Wrong(term, $"{name} takes a property, and conditions: {name}(property,...).");
                return name == "contains" ? has : new RqlNot(has);
            case "select" or "sort" or "limit" or "skipCount" or "skip_count":
                ReadDirective(name, term, arguments, scope);
                return null;
            default:
                throw Wrong(term, $"'{RqlException.Short(name)}' is no operator. There are {Operators}.");
        }
    }

    private void Count(RqlTerm term)
    {
        if (++_conditions > MaxConditions)
        {
            throw Wrong(term, $"The query has more than {MaxConditions} terms. Ask for less at once; in(property,...) takes many values.");
        }
    }

    private RqlCondition? ReadGroup(RqlTerm term, IReadOnlyList<RqlTerm> arguments, Scope scope)
    {
        if (arguments.Count == 0)
        {
            throw Wrong(term, "It takes conditions: and(condition,...), or(condition,...).");
        }

        var conditions = ReadAll(arguments, scope);
        return conditions.Count == 0 ? null
            : conditions is [var one] ? one
            : term.Text.EqualsValue("and") ? new RqlAll(conditions) : new RqlAny(conditions);
    }

    private static RqlCondition ReadMatch(string name, TextSpan property, IReadOnlyList<TextSpan> values, Scope scope)
    {
        var path = scope.Find(property);
        var test = name switch
        {
            "lt" => RqlTest.Less,
            "le" => RqlTest.LessOrEqual,
            "gt" => RqlTest.Greater,
            "ge" => RqlTest.GreaterOrEqual,
            "like" => RqlTest.Like,
            _ => RqlTest.Equal,
        };
        var condition = RqlValues.Match(path, test, values, property.ToStringValue());
        return name is "ne" or "out" ? new RqlNot(condition) : condition;
    }

    /// <summary><c>contains</c>: with conditions, one object must fulfil them all; each plain value must be there.</summary>
    private RqlCondition ReadHas(IReadOnlyList<RqlTerm> arguments, Scope scope)
    {
        var property = TextOf(arguments[0]);
        var path = scope.Find(property);
        if (arguments.Count == 1)
        {
            return path.Kind == RqlKind.Missing ? RqlCondition.Never : new RqlHas(path);
        }

        // Each plain value is a condition of its own.
        var isPlain = arguments.Skip(1).ToLookup(static argument => argument.Arguments is null && RqlGrammar.Sugar(argument.Text) is null);
        foreach (var value in isPlain[true])
        {
            Count(value);
        }

        List<RqlCondition> all = [.. isPlain[true].Select(value => ReadMatch("eq", property, [value.Text], scope))];
        if (isPlain[false].Any())
        {
            var isObject = path.Kind == RqlKind.Composed || (path.Kind == RqlKind.Json && path.Segments.Count == 0);
            var inside = isObject ? scope.Below(property) : scope.InElement(property);
            RqlAll conditions = new(ReadAll(isPlain[false], inside));
            all.Add(isObject ? new RqlAll([new RqlHas(path), conditions])
                : path.Kind == RqlKind.Json ? new RqlHasElement(path, conditions)
                : RqlCondition.Never);
        }

        return all is [var one] ? one : new RqlAll(all);
    }

    private void ReadDirective(string name, RqlTerm term, IReadOnlyList<RqlTerm> arguments, Scope scope)
    {
        if (!scope.TakesDirectives)
        {
            throw Wrong(term, $"{name} may stand at the top, in and(...) and in or(...), but not in contains or excludes.");
        }

        // Where one is said twice, the last one counts.
        _query = name switch
        {
            "limit" => ReadLimit(term, arguments),
            "sort" => _query with { Sort = [.. Some(term, arguments, MaxSortKeys, "properties to sort by").Select(key => ReadSortKey(key, scope))] },
            "select" => _query with { Select = ReadSelection(Some(term, arguments, MaxSelected, "properties to show"), scope) },
            _ => arguments.Count == 0 ? _query with { SkipsCount = true } : throw Wrong(term, $"{name}() takes nothing."),
        };
    }

    private static IReadOnlyList<RqlTerm> Some(RqlTerm term, IReadOnlyList<RqlTerm> arguments, int most, string what) =>
        arguments.Count == 0 ? throw Wrong(term, "It takes properties, such as sort(-priority,id) or select(id,data.name).")
        : arguments.Count > most ? throw Wrong(arguments[most], $"There are more than {most} {what}. Name fewer.")
        : arguments;

    private RqlQuery ReadLimit(RqlTerm term, IReadOnlyList<RqlTerm> arguments) => arguments.Count is 1 or 2
        ? _query with { Limit = (int)Math.Min(NumberOf(arguments[0]), schema.MaxLimit), Offset = arguments.Count == 2 ? NumberOf(arguments[1]) : 0 }
        : throw Wrong(term, "limit takes one or two numbers: limit(count) or limit(count,offset).");

    private static long NumberOf(RqlTerm term)
    {
        var text = TextOf(term).ToStringValue();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw Wrong(term, $"limit takes whole numbers from 0; got '{RqlException.Short(text)}'.");
    }

    private static RqlSortKey ReadSortKey(RqlTerm term, Scope scope)
    {
        var text = TextOf(term);
        var isSigned = text.Length > 0 && text[0] is '-' or '+' or ' ';
        var path = scope.Find(isSigned ? text.Skip(1) : text);
        return path.Kind != RqlKind.Missing ? new(path, text.Length > 0 && text[0] == '-') : throw scope.Unknown(text, "sort");
    }

    private static List<IReadOnlyList<string>> ReadSelection(IReadOnlyList<RqlTerm> terms, Scope scope)
    {
        List<IReadOnlyList<string>> selected = [];
        foreach (var text in terms.Select(TextOf))
        {
            var path = scope.Find(text);
            var segments = Scope.Segments(text);
            if (path.Kind == RqlKind.Missing || (path.Kind != RqlKind.Json && path.Segments.Count > 0))
            {
                throw scope.Unknown(text, "select");
            }

            if (selected.Find(other => other.Count != segments.Count && other.Zip(segments).All(static pair => pair.First == pair.Second)) is { } other)
            {
                throw Wrong(text, $"select names both '{RqlException.Short(string.Join('.', other))}' and '{RqlException.Short(string.Join('.', segments))}', of which one is in the other. Name one of them.");
            }

            selected.Add(segments);
        }

        return selected;
    }

    private static TextSpan TextOf(RqlTerm term) => term.Arguments is null ? term.Text
        : throw Wrong(term, "A property or a value is expected here, not another operator. In a value, write '(' as %2528.");

    private static RqlException Wrong(RqlTerm term, string message) => Wrong(term.Text, message);

    private static RqlException Wrong(TextSpan at, string message) => new(at.Source!, at.Position.Absolute, message);

    /// <summary>What the paths of a term begin in.</summary>
    /// <param name="Prefix">The object that they are in.</param>
    /// <param name="TakesDirectives">Whether select, sort, limit and skipCount may stand here.</param>
    /// <param name="Above">How many parts of paths lead to where the prefix begins.</param>
    private sealed record Scope(RqlSchema Schema, IReadOnlyList<string> Prefix, bool TakesDirectives, int Above = 0)
    {
        public static IReadOnlyList<string> Segments(TextSpan property) => property.Length > 0
            ? [.. property.ToStringValue().Split('.').Select(Uri.UnescapeDataString)]
            : throw Wrong(property, "A property's name is missing.");

        public Scope Below(TextSpan property) => this with { Prefix = Within(property), TakesDirectives = false };

        /// <summary>In an object that is at a path, or in an array there.</summary>
        public Scope InElement(TextSpan property) => new(RqlSchema.Anything, [], TakesDirectives: false, Above + Within(property).Count);

        public RqlPath Find(TextSpan property) => Schema.Find(Within(property));

        public RqlException Unknown(TextSpan property, string name) => Wrong(property,
            $"{name}: there is no '{RqlException.Short(property.ToStringValue())}'. There are {string.Join(", ", Schema.Properties.Select(static known => known.Name))}, and what is in them.");

        private List<string> Within(TextSpan property)
        {
            List<string> path = [.. Prefix, .. Segments(property)];
            return Above + path.Count <= RqlPath.MaxLength ? path
                : throw Wrong(property, $"A path has more than {RqlPath.MaxLength} parts, as many as data of the greatest depth has. Name fewer.");
        }
    }
}
