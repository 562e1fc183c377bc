using System.CommandLine;
using TasksBus.Client;
using TasksBus.Contracts;

namespace TasksBus.Tool.Arguments;

/// <summary>The options that say which tasks are meant.</summary>
internal sealed class TaskFilter
{
    private readonly Option<string[]> _statuses = new("--status")
    {
        Description = $"tasks of this status: {string.Join(", ", TaskStates.All)}; several are joined by commas",
        HelpName = "STATUS",
    };

    private readonly Option<string?> _function = new("--function", "-f") { Description = "tasks of this function", HelpName = "NAME" };

    private readonly Option<string[]> _tags = new("--tag", "-t")
    {
        Description = "tasks with this tag; repeat it for more",
        HelpName = "TAG",
    };

    private readonly Option<string?> _reference = new("--reference") { Description = "tasks with this reference", HelpName = "TEXT" };

    private readonly Option<string?> _since = new("--since")
    {
        Description = $"tasks that were created since: a timestamp, or a span before now, {TimeArgument.SpanForm}",
        HelpName = "TIME",
    };

    private readonly Option<string?> _until = new("--until") { Description = "tasks that were created before", HelpName = "TIME" };

    private readonly Option<string?> _rql = new("--rql")
    {
        Description = "a query in RQL, which the tasks meet as well, such as 'data.order>5'; see the page on queries",
        HelpName = "QUERY",
    };

    public TaskFilter()
    {
        Options = [_statuses, _function, _tags, _reference, _since, _until, _rql];
        _statuses.CompletionSources.Add([.. TaskStates.All]);
    }

    /// <summary>The options, in the order of the help.</summary>
    public IReadOnlyList<Option> Options { get; }

    /// <summary>The terms of the query in RQL.</summary>
    /// <exception cref="ToolException">A value is not valid.</exception>
    public List<string> Read(ParseResult arguments, TimeProvider time)
    {
        List<string> terms = [];
        string[] statuses = [.. (arguments.GetValue(_statuses) ?? []).SelectMany(static status => status.Split(','))];
        if (statuses.FirstOrDefault(static status => !TaskStates.All.Contains(status)) is { } unknown)
        {
            throw ToolException.Usage($"'{unknown}' is no status. There are: {string.Join(", ", TaskStates.All)}.");
        }

        if (statuses.Length > 0)
        {
            terms.Add($"in(status,{string.Join(',', statuses)})");
        }

        Add("eq(functionName", arguments.GetValue(_function));
        Add("eq(reference", arguments.GetValue(_reference));
        foreach (var tag in arguments.GetValue(_tags) ?? [])
        {
            Add("contains(tags", tag);
        }

        Add("ge(creationTimestamp", ReadPast(_since));
        Add("lt(creationTimestamp", ReadPast(_until));
        if (arguments.GetValue(_rql) is { Length: > 0 } rql)
        {
            terms.Add(rql.TrimStart('?'));
        }

        return terms;

        void Add(string start, string? value)
        {
            if (value is not null)
            {
                terms.Add($"{start},{QueryText.Of(value)})");
            }
        }

        string? ReadPast(Option<string?> option) =>
            TimeArgument.ReadTime(arguments.GetValue(option), option.Name, -1, time) is { } at ? TimeArgument.Write(at) : null;
    }
}
