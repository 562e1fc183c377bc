using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

/// <summary>
/// The fields of bodies that make tasks and schedules. One that nobody knows is refused, for what is misspelt must not be lost; the
/// original ignores it, and so does a server with <c>TasksBus:UnknownFields=ignore</c>.
/// </summary>
internal sealed class BodyFields(IOptions<TasksBusOptions> options)
{
    public static readonly Known Task = new("A task has", "functionName", "data", "startTimestamp", "priority", "tags");
    public static readonly Known Batch = new("A batch has", "tasks");
    public static readonly Known Schedule = new(
        "A schedule has", "functionName", "interval", "cron", "timeZone", "catchUp", "overlap", "data", "startTimestamp", "priority", "tags");
    public static readonly Known Execution = new("An execution has", "data");
    public static readonly Known Rerun = new("A rerun is like the task of before and has no fields");

    private const int Shown = 40;

    private readonly bool _areIgnored = options.Value.UnknownFields == TasksBusOptions.Ignore;

    /// <summary>Null: every field is known, or does not matter.</summary>
    /// <param name="body">A JSON object.</param>
    public Refusal? Check(JsonElement body, Known known)
    {
        if (_areIgnored)
        {
            return null;
        }

        try
        {
            foreach (var field in body.EnumerateObject())
            {
                if (!known.Has(field))
                {
                    var (name, advice) = (field.Name, Spelling.Advice(field.Name, known.Names));
                    return new(ErrorCode.FieldFormat, $"There is no field '{(name.Length <= Shown ? name : name[..Shown] + "...")}'.{advice} {known.Words}.");
                }
            }

            return null;
        }
        catch (InvalidOperationException)
        {
            return JsonBody.HalfPair;
        }
    }

    /// <summary>The body of a rerun says nothing.</summary>
    public async Task<Refusal?> CheckRerunAsync(HttpRequest request)
    {
        if (_areIgnored)
        {
            return null;
        }

        var (body, refusal) = await RequestBody.ReadAsync(request, "{}");
        return refusal is null ? Check(body, Rerun) : refusal.Code == ErrorCode.EmptyBody ? null : refusal;
    }

    /// <summary>What a body may say.</summary>
    internal sealed class Known(string words, params string[] names)
    {
        private readonly byte[][] _names = [.. names.Select(Encoding.UTF8.GetBytes)];

        public IReadOnlyList<string> Names => names;

        /// <summary>For people.</summary>
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
