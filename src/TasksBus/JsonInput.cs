using System.Text.Json;

namespace TasksBus;

/// <summary>
/// How deep JSON may be that functions return. What callers and publishers send may be 64 deep, which is what .NET reads by default.
/// </summary>
public static class JsonInput
{
    /// <summary>What a directly executed function returned: it is passed on as it came, once it is known to be JSON.</summary>
    public static readonly JsonReaderOptions Result = new() { MaxDepth = 100_000 };

    /// <summary>What an API function answers: of what is deep nothing is read, but all of it is skipped.</summary>
    public static readonly JsonReaderOptions ApiAnswer = new() { MaxDepth = 10_000 };

    /// <summary>The error of a function: name and message stand at its top.</summary>
    public static readonly JsonReaderOptions FunctionError = new() { MaxDepth = 1_000 };
}
