using Superpower;
using Superpower.Model;
using Superpower.Parsers;

namespace TasksBus.Query;

/// <summary>A term as it is written: a text, or a call of the operator that the text names.</summary>
/// <param name="Arguments">Null when it is not a call.</param>
internal sealed record RqlTerm(TextSpan Text, IReadOnlyList<RqlTerm>? Arguments)
{
    public int Position => Text.Position.Absolute;

    public string Source => Text.Source!;
}

/// <summary>A term of the form <c>property=value</c>.</summary>
/// <param name="Operator">The name of the operator in the form of a call.</param>
internal sealed record RqlSugar(TextSpan Property, string Operator, TextSpan Value);

/// <summary>The syntax of a query. Its meaning is up to the reader.</summary>
internal static class RqlGrammar
{
    /// <summary>Deeper nesting is refused, so neither this parser nor a database's runs out of stack.</summary>
    public const int MaxDepth = 16;

    private static readonly TextParser<TextSpan> s_text = Span.MatchedBy(Character.ExceptIn('(', ')', ',', '&').IgnoreMany());

    private static readonly TextParser<RqlTerm> s_term =
        from text in s_text
        from arguments in Arguments!.OptionalOrDefault()
        select new RqlTerm(text, arguments is [{ Text.Length: 0, Arguments: null }] ? [] : arguments);

    private static readonly TextParser<RqlTerm[]> s_query = s_term.AtLeastOnceDelimitedBy(Character.EqualTo('&')).AtEnd();

    private static readonly TextParser<string> s_operator = Parse.OneOf(
        [
            .. new[] { "eq", "ne", "lt", "le", "gt", "ge", "like" }.Select(static name => Span.EqualTo($"={name}=").Value(name).Try()),
            Span.EqualTo("==").Value("eq").Try(), Span.EqualTo("!=").Value("ne").Try(), Span.EqualTo("<=").Value("le").Try(),
            Span.EqualTo(">=").Value("ge").Try(),
            Character.EqualTo('=').Value("eq"), Character.EqualTo('<').Value("lt"), Character.EqualTo('>').Value("gt"),
        ]);

    private static readonly TextParser<RqlSugar> s_sugar =
        from property in Span.MatchedBy(Character.Except(static letter => letter is '=' or '<' or '>' or '!', "an operator").IgnoreMany())
        from name in s_operator
        from value in Span.MatchedBy(Character.AnyChar.IgnoreMany())
        select new RqlSugar(property, name, value);

    private static TextParser<RqlTerm[]> Arguments { get; } =
        from open in Character.EqualTo('(')
        from arguments in Parse.Ref(static () => s_term).AtLeastOnceDelimitedBy(Character.EqualTo(','))
        from close in Character.EqualTo(')')
        select arguments;

    /// <summary>Reads the terms of a text that was decoded once.</summary>
    /// <exception cref="RqlException">The text is not a query.</exception>
    public static IReadOnlyList<RqlTerm> Read(string text)
    {
        CheckDepth(text);
        var result = s_query.TryParse(text);
        return result.HasValue
            ? result.Value : throw new RqlException(text, result.ErrorPosition.Absolute, Explain(text, result.ErrorPosition.Absolute));
    }

    /// <summary>Reads <c>property=value</c> and similar terms. Returns null for any other term.</summary>
    public static RqlSugar? Sugar(TextSpan text) => s_sugar(text) is { HasValue: true, Value: var sugar } ? sugar : null;

    private static void CheckDepth(string text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth > MaxDepth)
            {
                throw new RqlException(text, i, $"The query is nested more than {MaxDepth} deep. Say it with fewer parentheses.");
            }
        }
    }

    private static string Explain(string text, int position) => position >= text.Length
        ? "A ')' is missing. Close every '('."
        : text[position] switch
        {
            ')' => "There is a ')' too many. In a value, write it as %2529.",
            '(' => "A '(' must follow an operator's name. In a value, write it as %2528.",
            ',' => "A ',' stands outside of parentheses. Join terms with '&'; in a value, write it as %252C.",
            '&' => "A '&' stands inside of parentheses. Use and(...); in a value, write it as %2526.",
            _ => "A ')' must be followed by '&', ',' or ')'.",
        };
}
