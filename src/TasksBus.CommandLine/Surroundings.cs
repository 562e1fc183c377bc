using System.Text;
using TasksBus.Tool.Output;

namespace TasksBus.Tool;

/// <summary>What a run of the program finds around it.</summary>
internal sealed record Surroundings
{
    private const int DefaultWidth = 80;

    public required TextReader Input { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public bool IsInputTerminal { get; init; }

    public bool IsOutputTerminal { get; init; }

    public bool IsErrorTerminal { get; init; }

    /// <summary>Gives what is canceled when nobody reads the output any more. The output is watched from the first call on.</summary>
    public Func<CancellationToken> Unread { get; init; } = static () => CancellationToken.None;

    /// <summary>The columns of the terminal.</summary>
    public int Width { get; init; } = DefaultWidth;

    /// <summary>Reads an environment variable. Null when it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The folder of the user's configuration, in which the program has a folder of its own.</summary>
    public required string ConfigFolder { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes what sends requests.</summary>
    public Func<HttpMessageHandler> Connect { get; init; } =
        static () => new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) };

    /// <summary>True when colours and cursor movements may be written to the terminal.</summary>
    public bool HasAnsi => Set("TERM") is not "dumb";

    /// <summary>True when the user wants colours. See https://no-color.org.</summary>
    public bool HasColors => Set("NO_COLOR") is null;

    /// <summary>Those of this process.</summary>
    public static Surroundings OfProcess()
    {
        UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
        var isOutputTerminal = !Console.IsOutputRedirected;
        var piped = isOutputTerminal || OperatingSystem.IsWindows() ? null : new PipedOutput();
        return new()
        {
            Input = new StreamReader(Console.OpenStandardInput(), utf8),
            Output = new StreamWriter(piped ?? Console.OpenStandardOutput(), utf8) { AutoFlush = true },
            Error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true },
            IsInputTerminal = !Console.IsInputRedirected,
            IsOutputTerminal = isOutputTerminal,
            IsErrorTerminal = !Console.IsErrorRedirected,
            Unread = () => piped?.Unread ?? CancellationToken.None,
            Width = isOutputTerminal && Console.WindowWidth is > 0 and var width ? width : DefaultWidth,
            Variable = Environment.GetEnvironmentVariable,
            ConfigFolder = Environment.GetFolderPath(
                Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        };
    }

    /// <summary>An environment variable that is set to something.</summary>
    public string? Set(string name) => Variable(name) is { Length: > 0 } value ? value : null;
}
