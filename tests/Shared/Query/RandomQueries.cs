using System.Globalization;
using System.Text.Json;
using CsCheck;
using TasksBus.Contracts;

namespace TasksBus.Tests.Query;

/// <summary>A condition as a request writes it, and what it means.</summary>
internal sealed record Asked(string Rql, Func<JsonElement, bool> Holds);

/// <summary>What to sort by, as a request writes it.</summary>
internal sealed record Ordered(string Rql, string[] Path, bool IsDescending);

/// <summary>A query as a request writes it, and what it means.</summary>
internal sealed record AskedPage(IReadOnlyList<Asked> Conditions, IReadOnlyList<Ordered> Sort, int Limit, int Offset, bool SkipsCount)
{
    public string Rql => string.Join('&', Conditions.Select(static one => one.Rql)
        .Concat(Sort.Count > 0 ? [$"sort({string.Join(',', Sort.Select(static key => key.Rql))})"] : [])
        .Append($"limit({Limit},{Offset})").Concat(SkipsCount ? ["skipCount()"] : []));

    public override string ToString() => Rql;
}

/// <summary>Queries over what <see cref="RandomTasks"/> stores.</summary>
internal sealed class RandomQueries
{
    private static readonly string[] s_tests = ["eq", "ne", "lt", "le", "gt", "ge"];

    private static readonly Gen<string> s_operator = Pick.One([.. s_tests, "in", "out"]);

    /// <summary>A value with its type in JSON, and how a query writes it.</summary>
    private static readonly Gen<(string Text, object? Value)> s_jsonValue = Pick.From(
        Pick.One(RandomTasks.Texts).Select(static text => ($"string:{Encoded(text)}", (object?)text)),
        Pick.One(RandomTasks.Texts.Where(static text => !decimal.TryParse(text, CultureInfo.InvariantCulture, out _)
            && text is not ("null" or "true")).ToArray()).Select(static text => (Encoded(text), (object?)text)),
        Gen.Select(
            Pick.One(RandomTasks.Numbers), Pick.One("", "number:"),
            static (number, cast) => (cast + Encoded(number.ToString(CultureInfo.InvariantCulture)), (object?)number)),
        Gen.Select(Gen.Bool, Pick.One("", "boolean:"), static (yes, cast) => ($"{cast}{(yes ? "true" : "false")}", (object?)yes)),
        Gen.Const(("null", (object?)null)));

    private static readonly Gen<string[]> s_jsonPath = Pick.One(RandomTasks.Keys).Array[1, 3].Where(static keys => keys is not [""]);

    private readonly Gen<Asked> _typed;

    /// <param name="ids">Ids of stored tasks.</param>
    /// <param name="times">Times that are shown.</param>
    public RandomQueries(string[] ids, DateTimeOffset[] times)
    {
        var text = Pick.One<(string[] Path, string[] Values)>(
            (["status"], [.. TaskStates.All]), (["functionName"], RandomTasks.Functions), (["createdByUserId"], RandomTasks.Users),
            (["createdByApplicationId"], [.. RandomTasks.Users.Select(static user => user.ToUpperInvariant())]),
            (["error", "type"], [TaskErrorTypes.Runtime, TaskErrorTypes.Invocation]),
            (["error", "name"], ["TypeError", "Typed"]), (["error", "message"], RandomTasks.Texts), (["tags"], RandomTasks.Texts[..12]),
            (["tags", "1"], RandomTasks.Texts[..12]));
        var id = Pick.One<string[]>(["id"], ["retriedByTaskId"], ["retryForTaskIds"], ["retryForTaskIds", "0"]);
        var anyId = Pick.One([.. ids, "507f1f77bcf86cd799439011", "507F1F77BCF86CD799439011", "xyz", ""]);
        var time = Pick.One<string[]>(["startTimestamp"], ["creationTimestamp"], ["updateTimestamp"], ["statusChangedTimestamp"]);
        var anyTime = Gen.Select(Pick.One(times), Pick.One(0, 1, -1, 5_000, 10_000, -10_000), static (at, ticks) => at.AddTicks(ticks));
        _typed = Pick.From(
            text.SelectMany(
                property => Match(property.Path, Pick.One(property.Values).Select(static value => (Encoded(value), (object?)value)))),
            text.SelectMany(property => Like(property.Path, property.Values)),
            id.SelectMany(path => Match(
                path, anyId.Select(static value => (value, (object?)(TaskId.TryParse(value, out var known) ? known.ToString() : "none"))),
                ordersAnything: false)),
            id.SelectMany(path => Like(path, [.. ids.Select(static value => value[3..9])])),
            time.SelectMany(path => Match(path, anyTime.Select(
                static at => (Encoded(at.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffK", CultureInfo.InvariantCulture)), (object?)at)))),
            Match(["priority"], Pick.One(RandomTasks.Numbers)
                .Select(static number => (Encoded(number.ToString(CultureInfo.InvariantCulture)), (object?)number))),
            Pick.One<string[]>(
                ["id"], ["status"], ["error"], ["error", "name"], ["tags"], ["tags", "0"], ["tags", "2"], ["data"], ["createdByUserId"],
                ["retriedByTaskId"],
                ["retryForTaskIds"], ["retryForTaskIds", "1"]).SelectMany(Has));
    }

    public Gen<AskedPage> Pages() =>
        from conditions in Conditions(2).Array[0, 3]
        from sort in SortKey().Array[0, 3]
        from limit in Gen.Int[0, 60]
        from offset in Pick.One(0, 0, 1, 7, 1_000)
        from skipsCount in Gen.Bool
        select new AskedPage(conditions, sort, limit, offset, skipsCount);

    public static string Encoded(string value) => Uri.EscapeDataString(Uri.EscapeDataString(value));

    private Gen<Asked> Conditions(int depth) => depth == 0 ? Pick.From(_typed, InJson(["data"], 1))
        : Pick.Weighted((3, Conditions(0)), (1, Group("and", Conditions(depth - 1))), (1, Group("or", Conditions(depth - 1))),
            (1, Elements(["error"], Pick.One(("type", "runtime"), ("type", "invocation"), ("name", "Typed"))
                .SelectMany(static one => Match([one.Item1], Gen.Const(one.Item2).Select(static value => (value, (object?)value)))))));

    /// <param name="depth">How deeply contains and excludes are nested.</param>
    private static Gen<Asked> InJson(string[] prefix, int depth)
    {
        var path = s_jsonPath.Select(keys => prefix.Concat(keys).ToArray());
        var flat = Pick.Weighted(
            (4, path.SelectMany(at => Match(at, s_jsonValue))),
            (1, path.SelectMany(static at => Like(at, RandomTasks.Texts))),
            (2, path.SelectMany(Has)),
            (1, path.SelectMany(at => s_jsonValue.Where(static value => !value.Text.Contains('='))
                .SelectMany(value => Negated("contains", $"({Path(at)},{value.Text})",
                task => PlainEvaluation.Compares(task, at, "eq", value.Value))))));
        return depth == 0 ? flat : Pick.Weighted(
            (6, flat),
            (2, path.SelectMany(at => Elements(at, InJson([], depth - 1)))),
            (prefix.Length > 0 ? 1 : 0, Elements(prefix, InJson([], depth - 1))));
    }

    private static Gen<Asked> Elements(string[] path, Gen<Asked> inside) => inside.Array[1, 2].SelectMany(conditions =>
        Negated("contains", $"({Path(path)},{string.Join(',', conditions.Select(static one => one.Rql))})",
            task => PlainEvaluation.Objects(task, path).Any(one => conditions.All(condition => condition.Holds(one)))));

    private static Gen<Asked> Group(string name, Gen<Asked> conditions) =>
        conditions.Array[1, 4].Select(inside => new Asked($"{name}({string.Join(',', inside.Select(static one => one.Rql))})",
        name == "and" ? task => inside.All(one => one.Holds(task)) : task => inside.Any(one => one.Holds(task))));

    private static Gen<Asked> Has(string[] path) => Negated("contains", $"({Path(path)})", task => PlainEvaluation.At(task, path).Any());

    private static Gen<Asked> Like(string[] path, string[] values) => Pick.One(values).Select(value =>
        new Asked($"like({Path(path)},{Encoded(value)})", task => PlainEvaluation.Compares(task, path, "like", value)));

    /// <summary>contains and its opposite, excludes.</summary>
    private static Gen<Asked> Negated(string name, string arguments, Func<JsonElement, bool> holds) =>
        Gen.Bool.Select(
            isNegated => isNegated ? new Asked($"excludes{arguments}", task => !holds(task)) : new Asked(name + arguments, holds));

    /// <param name="ordersAnything">Whether a value that no task can have is still smaller or greater than others.</param>
    private static Gen<Asked> Match(string[] path, Gen<(string Text, object? Value)> value, bool ordersAnything = true) =>
        from name in s_operator
        from values in value.Array[1, name is "in" or "out" ? 4 : 1]
        from isSugar in Gen.Bool
        let test = name is "ne" or "in" or "out" ? "eq" : name
        let known = values.Where(one => ordersAnything || test == "eq" || one.Value is not "none").Select(static one => one.Value).ToArray()
        let holds = (Func<JsonElement, bool>)(task => PlainEvaluation.Compares(task, path, test, known))
        select new Asked(isSugar && values.Length == 1 && name is not ("in" or "out")
            ? $"{Path(path)}{Sign(name)}{values[0].Text}"
            : $"{name}({Path(path)},{string.Join(',', values.Select(static one => one.Text))})",
            name is "ne" or "out" ? task => !holds(task) : holds);

    private static string Sign(string name) => name switch
    {
        "eq" => "=",
        "ne" => "!=",
        "lt" => "<",
        "le" => "%3C=",
        "gt" => "%3E",
        _ => "=ge=",
    };

    private static string Path(string[] path) =>
        string.Join('.', path.Select(static key => Encoded(key).Replace(".", "%252E", StringComparison.Ordinal)));

    private static Gen<Ordered> SortKey() => Gen.Select(
        Pick.From(
            Pick.One<string[]>(
                ["id"], ["status"], ["functionName"], ["priority"], ["tags"], ["tags", "0"], ["error"], ["error", "name"],
                ["createdByUserId"], ["retriedByTaskId"], ["retryForTaskIds"], ["data"]),
            s_jsonPath.Select(static keys => keys.Prepend("data").ToArray())),
        Pick.One("", "-", "+"), static (path, sign) => new Ordered(sign + Path(path), path, sign == "-"));
}
