namespace TasksBus.Tool.Arguments;

/// <summary>Reads what an argument gives: itself, a file (<c>@FILE</c>), or the standard input (<c>-</c>).</summary>
internal static class InputText
{
    public const string StandardInput = "-";

    /// <exception cref="ToolException">The file cannot be read.</exception>
    public static async Task<string> ReadAsync(string argument, Surroundings around, CancellationToken cancellationToken)
    {
        if (argument == StandardInput)
        {
            return await around.Input.ReadToEndAsync(cancellationToken);
        }

        if (!argument.StartsWith('@'))
        {
            return argument;
        }

        using var file = Open(argument[1..]);
        return await file.ReadToEndAsync(cancellationToken);
    }

    /// <summary>Opens a file, or the standard input for <c>-</c>.</summary>
    /// <exception cref="ToolException">The file cannot be opened.</exception>
    public static TextReader OpenLines(string file, Surroundings around) => file == StandardInput ? around.Input : Open(file);

    private static StreamReader Open(string file)
    {
        try
        {
            return new(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ToolException.Usage($"The file '{file}' cannot be read: {exception.Message}");
        }
    }
}
