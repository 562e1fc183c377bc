using TasksBus.Client;
using TasksBus.Contracts;

namespace TasksBus.Tool;

/// <summary>What the program tells a script. Stable.</summary>
internal static class ExitCode
{
    /// <summary>It is done; of a task that was waited for: it is complete.</summary>
    public const int Ok = 0;

    /// <summary>A fault of the server, of what stands before it, or of this program.</summary>
    public const int Fault = 1;

    /// <summary>The command line, or what was sent, breaks a rule.</summary>
    public const int Refused = 2;

    /// <summary>The task failed.</summary>
    public const int TaskFailed = 3;

    /// <summary>The task was canceled.</summary>
    public const int TaskCanceled = 4;

    /// <summary>The task has not ended in time.</summary>
    public const int TimedOut = 5;

    /// <summary>There is no such task, function, schedule or profile.</summary>
    public const int Unknown = 6;

    /// <summary>The key is missing, unknown or expired, or lacks a permission.</summary>
    public const int NotAllowed = 7;

    /// <summary>No answer came.</summary>
    public const int Unreachable = 8;

    /// <summary><c>doctor</c> found something that has failed.</summary>
    public const int Unhealthy = 9;

    /// <summary>Ended by SIGINT, as by Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Nobody reads the output any more. A shell says the same of a program that SIGPIPE ended.</summary>
    public const int OutputClosed = 141;

    /// <summary>Ended by SIGTERM.</summary>
    public const int Terminated = 143;

    /// <summary>The code for how a task ended.</summary>
    public static int OfStatus(string? status) => status switch
    {
        TaskStates.Failed or TaskStates.Retried => TaskFailed,
        TaskStates.Canceled => TaskCanceled,
        _ => Ok,
    };

    /// <summary>The code for an error of the client.</summary>
    public static int Of(TasksBusException exception) => exception switch
    {
        AccessRefusedException => NotAllowed,
        ResourceUnknownException => Unknown,
        TaskRefusedException => Refused,
        TasksBusUnavailableException => Unreachable,
        _ => Fault,
    };
}
