using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Service.Http;

/// <summary>Reads the ids in paths.</summary>
internal static class PathId
{
    /// <param name="what">What the id should identify.</param>
    /// <exception cref="CommandRefusedException">The text is not an id.</exception>
    public static TaskId Read(string what, string text) =>
        TaskId.TryParse(text, out var id) ? id
        : throw new CommandRefusedException(
            ErrorCode.IdFormat, $"The id of a {what} is 24 hex digits; got '{Excerpt.Of(text, 40)}'.");
}
