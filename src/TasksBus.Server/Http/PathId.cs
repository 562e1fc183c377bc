using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

/// <summary>Reads the ids that paths hold.</summary>
internal static class PathId
{
    /// <param name="what">What the id is to be one of.</param>
    /// <exception cref="CommandRefusedException">It is no id.</exception>
    public static TaskId Read(string what, string text) =>
        TaskId.TryParse(text, out var id) ? id
        : throw new CommandRefusedException(
            ErrorCode.IdFormat, $"The id of a {what} is 24 hex digits; got '{(text.Length <= 40 ? text : text[..40] + "...")}'.");
}
