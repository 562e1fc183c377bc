using System.CommandLine;
using TasksBus.Contracts;

namespace TasksBus.Tool.Arguments;

/// <summary>The tasks that a command is about: their ids, or <c>-</c> for the first word of each line of the standard input.</summary>
internal static class Ids
{
    public static Argument<string[]> Argument() => new("ID")
    {
        Description = "the id of a task; - reads ids from the standard input, the first word of each line",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <exception cref="ToolException">One is no id.</exception>
    public static async Task<IReadOnlyList<TaskId>> ReadAsync(
        IReadOnlyList<string> words, Surroundings around, CancellationToken cancellationToken)
    {
        if (words is not [InputText.StandardInput])
        {
            return [.. words.Select(static word => Parse(word, ""))];
        }

        List<TaskId> ids = [];
        for (var line = 1; await around.Input.ReadLineAsync(cancellationToken) is { } text; line++)
        {
            if (text.Split(default(char[]), 2, StringSplitOptions.RemoveEmptyEntries) is [var word, ..])
            {
                ids.Add(Parse(word, $"Line {line}: "));
            }
        }

        return ids;
    }

    /// <summary>Reads an id.</summary>
    /// <param name="place">Where it stands, for the message.</param>
    /// <exception cref="ToolException">It is none.</exception>
    public static TaskId Parse(string word, string place) => TaskId.TryParse(word, out var id) ? id
        : throw ToolException.Usage($"{place}'{(word.Length > 40 ? $"{word[..40]}..." : word)}' is no id: an id has 24 hex digits.");
}
