using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Service.Http;

/// <summary>
/// The fields of bodies that make tasks, schedules, dispatchers and events. An unknown field is refused, because a misspelt field must not
/// be lost. The original ignores it, and so does a server with <c>TasksBus:UnknownFields=ignore</c>.
/// </summary>
internal sealed class BodyFields(IOptions<TasksBusOptions> options)
{
    public static readonly Known Task = new(
        "A task has", "functionName", "data", "startTimestamp", "priority", "tags", "reference", "publisher", "taskId");
    public static readonly Known Batch = new("A batch has", "tasks");
    public static readonly Known Schedule = new(
        "A schedule has", "functionName", "interval", "cron", "timeZone", "catchUp", "overlap", "data", "startTimestamp", "priority",
        "tags");
    public static readonly Known Execution = new("An execution has", "data");
    public static readonly Known Dispatcher = new("A dispatcher has", "eventType", "name", "description", "tags", "actions");
    public static readonly Known DispatcherUpdate = new(
        "An update of a dispatcher has", "eventType", "name", "description", "tags");
    public static readonly Known Action = new(
        "A task action has", "type", "name", "description", "functionName", "data", "tags", "startTimestamp", "delay", "priority");
    public static readonly Known Event = new("An event has", "type", "content", "raised_by_task_id", "raisedByTaskId");
    public static readonly Known Transition = new(
        "A transition has", "schemaId", "documentId", "transition", "actions", "afterActions", "raisedByTaskId", "schema_id",
        "document_id", "after_actions", "raised_by_task_id");
    public static readonly Known BulkOperation = new("A bulk operation has", "action", "query", "priority", "dryRun", "id");
    public static readonly Known Rerun = new("A rerun is like the task of before and has no fields");

    private const int Shown = 40;

    private readonly bool _areIgnored = options.Value.UnknownFields == TasksBusOptions.Ignore;

    /// <exception cref="CommandRefusedException">The body has an unknown field.</exception>
    public void Check(JsonBody body, Known known)
    {
        if (UnknownIn(body, known) is { } unknown)
        {
            throw new CommandRefusedException(ErrorCode.FieldFormat, unknown);
        }
    }

    /// <summary>
    /// Returns what is wrong with the first unknown field. Null when every field is known, or unknown fields are ignored.
    /// </summary>
    public string? UnknownIn(JsonBody body, Known known)
    {
        if (_areIgnored)
        {
            return null;
        }

        try
        {
            foreach (var field in body.Json.EnumerateObject())
            {
                if (!known.Has(field))
                {
                    var (name, advice) = (field.Name, Spelling.Advice(field.Name, known.Names));
                    return $"There is no field '{Excerpt.Of(name, Shown)}'.{advice} {known.Words}.";
                }
            }

            return null;
        }
        catch (InvalidOperationException)
        {
            throw body.HalfPair();
        }
    }

    /// <summary>Checks the body of a rerun, which may have no fields.</summary>
    /// <exception cref="CommandRefusedException">The body has fields.</exception>
    public async Task CheckRerunAsync(HttpRequest request)
    {
        if (!_areIgnored && await RequestBody.ReadAnyAsync(request) is { } body)
        {
            Check(body, Rerun);
        }
    }

    /// <summary>The fields that a body may have.</summary>
    internal sealed class Known(string words, params string[] names)
    {
        private readonly byte[][] _names = [.. names.Select(Encoding.UTF8.GetBytes)];

        public IReadOnlyList<string> Names => names;

        /// <summary>The fields, as a text for people.</summary>
        public string Words { get; } = names.Length == 0 ? words : $"{words} {string.Join(", ", names)}";

        public bool Has(JsonProperty field)
        {
            foreach (var name in _names)
            {
                if (field.NameEquals(name))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
