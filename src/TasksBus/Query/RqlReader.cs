using System.Globalization;
using Superpower.Model;

namespace TasksBus.Query;

/// <summary>Makes a query from terms. It knows the operators and their arguments.</summary>
internal sealed class RqlReader(RqlSchema schema)
{
    /// <summary>More conditions are refused, so that the work of a database for a query is bounded.</summary>
    private const int MaxConditions = 100;

    /// <summary>
    /// The limit for the values of all <c>in</c> and <c>out</c> together. Databases accept only so many, and check them one after the
    /// other.
    /// </summary>
    private const int MaxValues = 2_000;

    private const int MaxSortKeys = 8;
    private const int MaxSelected = 50;

    private const string Operators = "eq, ne, lt, le, gt, ge, in, out, like, contains, excludes, and, or, select, sort, limit, skipCount";

    /// <summary>Names that are not properties, and how they are written instead.</summary>
    private static readonly Dictionary<string, string> s_directives = new(StringComparer.Ordinal)
    {
        ["limit"] = "limit(count) or limit(count,offset), such as limit(5)",
        ["sort"] = "sort(property,-property), such as sort(-priority)",
        ["select"] = "select(property,...), such as select(id,status)",
        ["skipCount"] = "skipCount()",
        ["skip_count"] = "skip_count()",
    };

    private RqlQuery _query = RqlQuery.Everything with { Limit = schema.DefaultLimit };
    private int _conditions;
    private int _values;

    /// <summary>Returns true for a term that says how the results are shown, not which.</summary>
    public static bool IsDirective(string term) =>
        s_directives.Keys.Any(name => term.StartsWith(name, StringComparison.Ordinal) && term[name.Length..] is ['(', ..]);

    public RqlQuery Read(IReadOnlyList<RqlTerm> terms)
    {
        Scope top = new(schema, [], TakesDirectives: true);
        var conditions = ReadAll(terms.Where(static term => term.Text.Length > 0 || term.Arguments is not null), top);
        return _query with { Filter = conditions is [var one] ? one : new RqlAll(conditions) };
    }

    /// <summary>Reads the conditions among the terms. The other terms say what to do with the results.</summary>
    private List<RqlCondition> ReadAll(IEnumerable<RqlTerm> terms, Scope scope) =>
        [.. terms.Select(term => ReadTerm(term, scope)).OfType<RqlCondition>()];

    private RqlCondition? ReadTerm(RqlTerm term, Scope scope)
    {
        Count(term);
        if (term.Arguments is not { } arguments)
        {
            return RqlGrammar.Sugar(term.Text) is { } sugar
                ? ReadMatch(sugar.Operator, sugar.Property, [sugar.Value], scope)
                : throw Wrong(
                    term,
                    $"'{RqlException.Short(term.Text.ToStringValue())}' says no condition. Write property=value or "
                        + "operator(property,value).");
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
                var has = arguments.Count >= 1
                    ? ReadHas(arguments, scope) : throw Wrong(term, $"{name} takes a property, and conditions: {name}(property,...).");
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

    /// <summary>Reads <c>contains</c>. One object must match all given conditions. Each plain value must be present.</summary>
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
            var inside = isObject ? scope.Below(property)
                : path.Kind is RqlKind.Json or RqlKind.Missing ? scope.InElement(property)
                : throw Wrong(
                    isPlain[false].First(),
                    $"'{RqlException.Short(property.ToStringValue())}' holds no objects with properties of their own: contains and "
                        + "excludes take plain values of it.");
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

        // If a directive is given twice, the last one counts.
        _query = name switch
        {
            "limit" => ReadLimit(term, arguments),
            "sort" => _query with
            {
                Sort = [.. Some(term, arguments, MaxSortKeys, "properties to sort by").Select(key => ReadSortKey(key, scope))]
            },
            "select" => _query with { Select = ReadSelection(Some(term, arguments, MaxSelected, "properties to show"), scope) },
            _ => arguments.Count == 0 ? _query with { SkipsCount = true } : throw Wrong(term, $"{name}() takes nothing."),
        };
    }

    private static IReadOnlyList<RqlTerm> Some(RqlTerm term, IReadOnlyList<RqlTerm> arguments, int most, string what) =>
        arguments.Count == 0 ? throw Wrong(term, "It takes properties, such as sort(-priority,id) or select(id,data.name).")
        : arguments.Count > most ? throw Wrong(arguments[most], $"There are more than {most} {what}. Name fewer.")
        : arguments;

    private RqlQuery ReadLimit(RqlTerm term, IReadOnlyList<RqlTerm> arguments) => arguments.Count is 1 or 2
        ? _query with
        {
            Limit = (int)Math.Min(NumberOf(arguments[0]), schema.MaxLimit),
            Offset = arguments.Count == 2 ? NumberOf(arguments[1]) : 0,
        }
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
        return new(scope.FindKnown(isSigned ? text.Skip(1) : text, "sort", text), text.Length > 0 && text[0] == '-');
    }

    private static List<IReadOnlyList<string>> ReadSelection(IReadOnlyList<RqlTerm> terms, Scope scope)
    {
        List<IReadOnlyList<string>> selected = [];
        foreach (var text in terms.Select(TextOf))
        {
            var path = scope.FindKnown(text, "select", text);
            var segments = Scope.Segments(text);
            if (path.Kind != RqlKind.Json && path.Segments.Count > 0)
            {
                throw scope.Unknown(text, "select: there");
            }

            bool IsRelated(IReadOnlyList<string> other) =>
                other.Count != segments.Count && other.Zip(segments).All(static pair => pair.First == pair.Second);
            if (selected.Find(IsRelated) is { } other)
            {
                throw Wrong(
                    text,
                    $"select names both '{RqlException.Short(string.Join('.', other))}' and "
                        + $"'{RqlException.Short(string.Join('.', segments))}', of which one is in the other. Name one of them.");
            }

            selected.Add(segments);
        }

        return selected;
    }

    private static TextSpan TextOf(RqlTerm term) => term.Arguments is null ? term.Text
        : throw Wrong(term, "A property or a value is expected here, not another operator. In a value, write '(' as %2528.");

    private static RqlException Wrong(RqlTerm term, string message) => Wrong(term.Text, message);

    private static RqlException Wrong(TextSpan at, string message) => new(at.Source!, at.Position.Absolute, message);

    /// <summary>The place at which the paths of a term begin.</summary>
    /// <param name="Prefix">The object in which they are.</param>
    /// <param name="TakesDirectives">True when select, sort, limit and skipCount are allowed here.</param>
    /// <param name="Above">How many parts of paths lead to the start of the prefix.</param>
    private sealed record Scope(RqlSchema Schema, IReadOnlyList<string> Prefix, bool TakesDirectives, int Above = 0)
    {
        public static IReadOnlyList<string> Segments(TextSpan property) => property.Length > 0
            ? [.. property.ToStringValue().Split('.').Select(Uri.UnescapeDataString)]
            : throw Wrong(property, "A property's name is missing.");

        public Scope Below(TextSpan property) => this with { Prefix = Within(property), TakesDirectives = false };

        /// <summary>The scope in an object at a path, or in the objects of an array there.</summary>
        public Scope InElement(TextSpan property) => new(RqlSchema.Anything, [], TakesDirectives: false, Above + Within(property).Count);

        /// <exception cref="RqlException">There is no such property.</exception>
        public RqlPath Find(TextSpan property) => Schema.Find(Within(property)) ?? throw Unknown(property, "There");

        /// <summary>Finds a property for sort and select, which may name only what can exist.</summary>
        /// <param name="written">The property as it is written, with its sign.</param>
        public RqlPath FindKnown(TextSpan property, string name, TextSpan written) =>
            Schema.Find(Within(property)) is { Kind: not RqlKind.Missing } path ? path : throw Unknown(written, $"{name}: there");

        public RqlException Unknown(TextSpan property, string there)
        {
            var text = property.ToStringValue();
            // This applies only if there is no property of that name; data may have one.
            if (s_directives.TryGetValue(text, out var form))
            {
                return Wrong(property, $"{text} is written with parentheses: {form}.");
            }

            var known = Names(Schema.Properties, "").ToList();
            var (advice, all) = (Spelling.Advice(text.TrimStart('-', '+', ' '), known),
                string.Join(", ", Schema.Properties.Select(static one => one.Name)));
            return Wrong(property, $"{there} is no '{RqlException.Short(text)}'.{advice} There are {all}, and what is in them.");
        }

        private static IEnumerable<string> Names(IEnumerable<RqlProperty> properties, string prefix) =>
            properties.SelectMany(one => Names(one.Properties, $"{prefix}{one.Name}.").Prepend(prefix + one.Name));

        private List<string> Within(TextSpan property)
        {
            List<string> path = [.. Prefix, .. Segments(property)];
            return Above + path.Count <= RqlPath.MaxLength ? path
                : throw Wrong(
                    property, $"A path has more than {RqlPath.MaxLength} parts, as many as data of the greatest depth has. Name fewer.");
        }
    }
}
