using System.CommandLine;
using TasksBus.Contracts;
using TasksBus.Tool.Connecting;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary>A command that does something.</summary>
internal abstract class ToolCommand : Command, IWithExamples
{
    /// <param name="description">What it does: the first sentence stands in lists.</param>
    protected ToolCommand(string name, string description, Stage stage)
        : base(name, description)
    {
        TreatUnmatchedTokensAsErrors = true;
        SetAction((arguments, cancellationToken) => RunAsync(arguments, stage, cancellationToken));
    }

    /// <summary>Lines that a user may type, and what each does.</summary>
    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>True for a command that changes nothing, and so ends when nobody reads what it shows.</summary>
    protected virtual bool ChangesNothing => false;

    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken);

    private async Task<int> RunAsync(ParseResult arguments, Stage stage, CancellationToken cancellationToken)
    {
        using Session session = new(arguments, stage.Options, stage.Around);
        var unread = ChangesNothing ? stage.Around.Unread() : CancellationToken.None;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, unread);
        try
        {
            return await RunAsync(arguments, session, end.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (OperationCanceledException) when (unread.IsCancellationRequested)
        {
            return ExitCode.OutputClosed;
        }
        catch (ToolException exception)
        {
            session.Screen.Fail(exception.Message);
            return exception.Code;
        }
        catch (TasksBusException exception)
        {
            session.Screen.Fail(
                exception is TasksBusUnavailableException { InnerException: { } cause }
                    ? Messages.Unreachable(session.Connection, (cause.InnerException ?? cause).Message)
                    : Messages.OfRefusal(exception.Message, exception.Code.Code, session.Connection));
            return ExitCode.Of(exception);
        }
        catch (Exception exception) when (exception is not OutputClosedException)
        {
            // The runtime would write it too, but with secrets that it may name.
            session.Screen.Fail($"this is a fault of the program. Please report it.\n{exception}");
            return ExitCode.Fault;
        }
    }
}
