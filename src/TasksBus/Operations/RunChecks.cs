using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Storage;
using static TasksBus.Operations.CheckText;

namespace TasksBus.Operations;

/// <summary>Says which functions do not run, and which tasks were lost with their worker.</summary>
internal static class RunChecks
{
    /// <summary>How far back failures are looked at.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromMinutes(10);

    private const int MostNames = 3;

    private static readonly TimeSpan s_veryLongWait = TimeSpan.FromMinutes(10);

    private static readonly string s_lately = $"the last {Span(Lately)}";

    public static IReadOnlyList<SystemCheck> Of(RunTroubles runs, DateTimeOffset now)
    {
        List<SystemCheck> troubles =
        [
            .. runs.Disabled.Select(disabled => OfDisabled(disabled, runs)).OfType<SystemCheck>(),
            .. runs.Failed.Where(IsRefused).GroupBy(static failed => failed.ErrorName).Select(group => OfRefused([.. group], now)),
            .. runs.PutOff.GroupBy(static putOff => putOff.ErrorName).Select(group => OfPutOff([.. group], now)),
        ];
        return
        [
            .. troubles.Count > 0 ? troubles
                : [new("functions", SystemCheck.Ok, "No task waits or failed because its function did not run.")],
            WorkersOf(runs, now),
        ];
    }

    private static bool IsRefused(FailedTasks failed) =>
        failed.ErrorName is not (TaskErrorNames.ZombieTaskCleaned or TaskErrorNames.FunctionDisabled);

    /// <summary>Null when no task suffers.</summary>
    private static SystemCheck? OfDisabled(DisabledFunction disabled, RunTroubles runs)
    {
        var name = disabled.Name;
        var failed = runs.Failed.Where(
            each => each.ErrorName == TaskErrorNames.FunctionDisabled && FunctionName.BareName(each.FunctionName) == name)
            .Sum(static each => each.Count);
        return failed + disabled.Waiting == 0 ? null : new(
            $"function {name}", failed > 0 ? SystemCheck.Failed : SystemCheck.Warning,
            $"The function '{name}' is disabled, so its tasks fail at their start: {Number(failed)} in {s_lately}, and soon "
                + $"{Counted(disabled.Waiting, RunTroubles.TasksRead)} that wait.",
            $"Enable it: tasksbus functions enable {name}. Or cancel what waits: tasksbus bulk cancel --function {name}");
    }

    private static SystemCheck OfRefused(IReadOnlyList<FailedTasks> failed, DateTimeOffset now)
    {
        var (names, error) = (NamesOf([.. failed.Select(static each => each.FunctionName)]), failed[0].ErrorName);
        return new(
            NameOf(failed[0].FunctionName, failed.Count), SystemCheck.Failed,
            $"{Tasks(failed.Sum(static each => each.Count))} of {names} failed in {s_lately} without being run: {error}, the last "
                + $"{Span(now - failed.Max(static each => each.Latest))} ago.",
            $"{WhatToDo(error)} Then rerun them: tasksbus bulk rerun --status failed --rql error.name={error}");
    }

    private static SystemCheck OfPutOff(IReadOnlyList<PutOffTasks> putOff, DateTimeOffset now)
    {
        var (names, error) = (NamesOf([.. putOff.Select(static each => each.FunctionName)]), putOff[0].ErrorName);
        var (count, wait) = (putOff.Sum(static each => each.Count), now - putOff.Min(static each => each.Since));
        return new(
            NameOf(putOff[0].FunctionName, putOff.Count), wait > s_veryLongWait ? SystemCheck.Failed : SystemCheck.Warning,
            $"{(count >= RunTroubles.MostPutOff ? "At least " : "")}{Tasks(count)} of {names} could not be run yet"
                + $"{(error.Length == 0 ? "" : $": {error}")}, in up to {Number(putOff.Max(static each => each.Tries))} tries and "
                + $"{Span(wait)}.",
            $"{WhatToDo(error)} A task that has not run for an hour fails.");
    }

    private static SystemCheck WorkersOf(RunTroubles runs, DateTimeOffset now)
    {
        var lost = runs.Failed.Where(static failed => failed.ErrorName == TaskErrorNames.ZombieTaskCleaned).ToArray();
        return lost.Length == 0 ? new("workers", SystemCheck.Ok, $"No task was lost with its worker in {s_lately}.") : new(
            "workers", SystemCheck.Warning,
            $"{Tasks(lost.Sum(static each => each.Count))} of {NamesOf([.. lost.Select(static each => each.FunctionName)])} failed as "
                + $"{TaskErrorNames.ZombieTaskCleaned} in {s_lately}, the last {Span(now - lost.Max(static each => each.Latest))} ago: the "
                + "worker was killed, frozen, or cut off from the database.",
            "Look for it: the dispatcher's log names its host (event 203). The tasks may have run. If their functions bear it, rerun "
                + $"them: tasksbus bulk rerun --status failed --rql error.name={TaskErrorNames.ZombieTaskCleaned}");
    }

    private static string WhatToDo(string errorName) => errorName switch
    {
        "AccessDeniedException" or "Http403" or "Http401" =>
            "Allow the credentials of the workers lambda:InvokeFunction on it, as ops/iam/invoke.json does.",
        "UnrecognizedClientException" or "InvalidClientTokenId" or "InvalidAccessKeyId" or "InvalidSignatureException"
            or "SignatureDoesNotMatch" or "CredentialsUnavailable" or "ExpiredTokenException" or "ExpiredToken" =>
            "Give the workers credentials that AWS takes.",
        "ResourceNotFoundException" => "Create the function, or correct the name in the tasks.",
        _ when LaterErrors.Throttling.Contains(errorName) =>
            "Raise the concurrency of the function or of the account in AWS, or take slots away.",
        _ when LaterErrors.NotReady.Contains(errorName) =>
            "Wait: the function is being created, changed or woken up. If that goes on, look at its state in AWS.",
        "FunctionBusy" => "Raise TasksBus:Lambda:MaxConcurrencyPerFunction, or make the function faster.",
        "ConnectionFailed" or "ConnectTimeout" => "Look whether the workers reach Lambda's endpoint: network, proxy, name.",
        _ => "The error of one of them says what to do: tasksbus show ID, or its page in the dashboard.",
    };

    private static string NameOf(string first, int count) => count == 1 ? $"function {first}" : "functions";

    private static string NamesOf(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNames).Select(static name => $"'{name}'"))
            + (names.Count > MostNames ? $" and {Number(names.Count - MostNames)} other functions" : "");

    private static string Tasks(int count) => $"{Number(count)} {(count == 1 ? "task" : "tasks")}";

    private static string Counted(int count, int most) => (count >= most ? "at least " : "") + Number(count);
}
