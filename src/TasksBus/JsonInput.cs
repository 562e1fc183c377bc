using System.Text.Json;

namespace TasksBus;

/// <summary>
/// How deeply nested the JSON of functions may be. JSON from callers and publishers may have 64 levels, which is .NET's default.
/// </summary>
public static class JsonInput
{
    /// <summary>The result of a directly executed function. It is passed on unchanged once it is known to be JSON.</summary>
    public static readonly JsonReaderOptions Result = new() { MaxDepth = 100_000 };

    /// <summary>The answer of an API function. Deeply nested parts are not used, but are skipped.</summary>
    public static readonly JsonReaderOptions ApiAnswer = new() { MaxDepth = 10_000 };

    /// <summary>The error of a function. Its name and message are on the top level.</summary>
    public static readonly JsonReaderOptions FunctionError = new() { MaxDepth = 1_000 };
}
