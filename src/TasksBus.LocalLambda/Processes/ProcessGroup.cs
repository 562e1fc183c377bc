using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TasksBus.LocalLambda.Processes;

/// <summary>What .NET's Process has no call for: signals to a whole group, and limits of another process.</summary>
internal static partial class ProcessGroup
{
    private const int SigKill = 9;
    private const int LimitOfCoreFiles = 4;

    /// <summary>Kills the process and whatever it has started.</summary>
    /// <param name="process">A process that has been started.</param>
    /// <param name="leadsGroup">Whether it leads a process group of its own, which then dies as a whole.</param>
    public static void Kill(Process process, bool leadsGroup)
    {
        if (leadsGroup)
        {
            // Until it has run setsid there is no such group; the second call meets it then. A group that is gone is no error.
            _ = SendSignal(-process.Id, SigKill);
        }

        try
        {
            process.Kill(entireProcessTree: !leadsGroup);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>Kills what a process that has ended left running in its group.</summary>
    public static void KillRemains(int leader) => _ = SendSignal(-leader, SigKill);

    /// <summary>Out of memory, Node.js aborts; without this it may leave a core file in the function's folder.</summary>
    public static void ForbidCoreFiles(int processId)
    {
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
        {
            var none = default(Limit);
            _ = SetLimit(processId, LimitOfCoreFiles, in none, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int SetLimit(int processId, int resource, in Limit value, nint old);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
