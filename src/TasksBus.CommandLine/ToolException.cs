namespace TasksBus.Tool;

/// <summary>The command cannot be carried out.</summary>
/// <param name="code">One of <see cref="ExitCode"/>.</param>
/// <param name="message">What is wrong and how to mend it.</param>
internal sealed class ToolException(int code, string message) : Exception(message)
{
    public int Code => code;

    /// <summary>What was typed is wrong.</summary>
    public static ToolException Usage(string message) => new(ExitCode.Refused, message);
}
