using System.CommandLine;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>cancel</c>: cancels tasks that are still new.</summary>
internal sealed class CancelCommand : ToolCommand
{
    private const string Unknown = "unknown";

    private static readonly TimeSpan s_retryFor = TimeSpan.FromSeconds(10);
    private static readonly Column[] s_columns = [new("ID", ColumnKind.Whole), new("STATUS", ColumnKind.Status), new("CANCELED")];

    private readonly Argument<string[]> _ids = Ids.Argument();
    private readonly Option<bool> _json = JsonOption.Of("""write {"id":"...","canceled":true,"status":"..."}, a line each""");

    public CancelCommand(Stage stage)
        : base(
            "cancel",
            "Cancels tasks that are still new; they are never run. The exit code is 0 when all are canceled, 2 when one has started "
            + "before, and 6 when there is no such task.", stage)
    {
        Arguments.Add(_ids);
        Options.Add(_json);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus cancel 507f1f77bcf86cd799439011", "cancels a task"),
        new("tasksbus list --status new --tag nightly --all | tasksbus cancel -", "cancels all that wait with that tag"),
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var ids = await Ids.ReadAsync(arguments.GetRequiredValue(_ids), session.Around, cancellationToken);
        var client = session.Client(s_retryFor);
        var attempts = await EachTask.DoAsync(ids, "canceling", session, client.CancelAsync, cancellationToken);
        var results = attempts.Where(static attempt => attempt.IsDone).Select(static attempt => attempt.Value).ToList();
        var code = Attempt<CancelTaskResult>.Conclude(attempts, session, cancellationToken);
        if (arguments.GetValue(_json))
        {
            foreach (var result in results)
            {
                var isCanceled = result.Canceled ? "true" : "false";
                session.Screen.Line($$"""{"id":"{{result.TaskId}}","canceled":{{isCanceled}},"status":"{{StatusOf(result)}}"}""");
            }
        }
        else if (results.Count > 0)
        {
            session.Screen.Table(
                s_columns, results.Select(static result => new[] { result.TaskId, StatusOf(result), result.Canceled ? "yes" : "no" }));
        }

        if (results.FirstOrDefault(static result => !result.Canceled) is { } kept)
        {
            session.Screen.Fail(
                kept.Status is null
                    ? $"The task {kept.TaskId} is not canceled: there is none, or it is not new and you may not view it."
                    : $"The task {kept.TaskId} is not canceled: it is {kept.Status}, and only a new task can be canceled.");
        }

        return code != ExitCode.Ok ? code
            : results.Any(static result => !result.Canceled && result.Status is not null) ? ExitCode.Refused
            : results.Any(static result => !result.Canceled) ? ExitCode.Unknown
            : ExitCode.Ok;
    }

    private static string StatusOf(CancelTaskResult result) => result.Status ?? Unknown;
}
