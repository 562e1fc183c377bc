using System.Text;
using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus;

/// <summary>The results that are kept: those of the functions that the setting <c>TasksBus:KeepResults</c> names.</summary>
/// <param name="functions">Names of functions, or <c>*</c> for every function. All qualifiers and ARNs of a function share its
/// name.</param>
public sealed class KeptResults(IEnumerable<string> functions)
{
    /// <summary>The largest result that is kept, in bytes: 256 KB.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>How many levels a result may have.</summary>
    public const int MaxDepth = 60;

    /// <summary>Stands for every function.</summary>
    public const string All = "*";

    private readonly HashSet<string> _functions = [.. functions];

    /// <summary>What is kept of what a function returned.</summary>
    /// <param name="functionName">The function as the task names it.</param>
    /// <param name="payload">What it returned, as UTF-8.</param>
    public KeptResult Of(string functionName, ReadOnlyMemory<byte> payload)
    {
        if (_functions.Count == 0 || payload.IsEmpty || payload.Span.SequenceEqual("null"u8) || !Keeps(functionName))
        {
            return default;
        }

        return payload.Length <= MaxBytes && IsJson(payload.Span) ? new(Encoding.UTF8.GetString(payload.Span), false) : new(null, true);
    }

    private bool Keeps(string functionName) =>
        _functions.Contains(All) || (FunctionName.Parse(functionName) is { } function && _functions.Contains(function.Name));

    /// <summary>
    /// Readers of JSON must be able to read the result where it travels: in a task, which may be in an answer within an envelope. Their
    /// usual depth is 64.
    /// </summary>
    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload, new() { MaxDepth = MaxDepth });
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    // This reads the text, and so finds half of a surrogate pair.
                    reader.GetString();
                }
            }

            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>What is kept of what a function returned.</summary>
/// <param name="Json">The result, or null when there is none.</param>
/// <param name="IsDropped">True when it should have been kept, but is too large or no JSON.</param>
public readonly record struct KeptResult(string? Json, bool IsDropped);
