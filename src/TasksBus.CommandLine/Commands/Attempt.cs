using System.Globalization;
using TasksBus.Client;
using TasksBus.Contracts;

namespace TasksBus.Tool.Commands;

/// <summary>What became of one of many tasks.</summary>
/// <param name="IsDone">False when it was refused, or was not begun because something stopped all.</param>
/// <param name="Value">What it gave. Its default when it is not done.</param>
/// <param name="Refusal">Why it is not done. Null when it was not begun.</param>
internal readonly record struct Attempt<T>(TaskId Id, bool IsDone, T Value, TasksBusException? Refusal)
{
    /// <summary>True for a refusal that the other tasks would meet as well.</summary>
    public bool StopsAll => Refusal is TasksBusUnavailableException or AccessRefusedException;

    /// <summary>Says what is not done.</summary>
    /// <returns>The exit code.</returns>
    public static int Conclude(IReadOnlyList<Attempt<T>> attempts, Session session, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }

        if (attempts.FirstOrDefault(static attempt => attempt.Refusal is not null) is not { Refusal: { } refusal } first)
        {
            return ExitCode.Ok;
        }

        var left = attempts.Count(static attempt => !attempt.IsDone);
        session.Screen.Fail(attempts.Count == 1 ? refusal.Message
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{left:N0} of {attempts.Count:N0} tasks are left as they are. {first.Id}: {refusal.Message}"));
        return ExitCode.Of(refusal);
    }
}
