using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// What .NET's Process does not offer: the processes below another, signals to it, and its limits. Only Linux says which processes are
/// below another.
/// </summary>
internal static partial class ProcessTree
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int LimitOfCoreFiles = 4;
    private const int Attempts = 100;
    private static readonly SafeFileHandle? s_load = File.Exists("/proc/loadavg") ? File.OpenHandle("/proc/loadavg") : null;

    /// <summary>
    /// The id that the kernel gave last, to a process or a thread. 0 when the system does not say. While it is unchanged, nothing was
    /// started anywhere. This is checked after each invocation, because it costs much less than a look at the processes.
    /// </summary>
    public static int LastId()
    {
        if (s_load is null)
        {
            return 0;
        }

        Span<byte> text = stackalloc byte[128];
        text = text[..RandomAccess.Read(s_load, text, fileOffset: 0)].TrimEnd((byte)'\n');
        return Utf8Parser.TryParse(text[(text.LastIndexOf((byte)' ') + 1)..], out int id, out _) ? id : 0;
    }

    /// <summary>Returns the children of all threads, because each thread has its own.</summary>
    public static List<int> ChildrenOf(int processId)
    {
        List<int> children = [];
        foreach (var thread in ThreadsOf(processId))
        {
            foreach (var child in Read(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                children.Add(int.Parse(child, CultureInfo.InvariantCulture));
            }
        }

        return children;
    }

    /// <summary>Returns children, their children, and so on.</summary>
    public static IEnumerable<int> DescendantsOf(int processId) =>
        ChildrenOf(processId).SelectMany(static child => DescendantsOf(child).Prepend(child));

    /// <summary>
    /// Returns the processes that run as a user, by any of their user ids. A process that has ended, and only waits for its parent to
    /// collect it, does not count.
    /// </summary>
    public static IEnumerable<int> OfUser(int userId)
    {
        var id = userId.ToString(CultureInfo.InvariantCulture);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
                && Read(folder + "/status").Split('\n').FirstOrDefault(
                    static line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t').Contains(id) == true
                && !HasEnded(StatOf(process)))
            {
                yield return process;
            }
        }
    }

    /// <summary>
    /// Returns the fields of /proc/ID/stat after the name: the state, the parent, the process group, the session. Null when the process is
    /// gone.
    /// </summary>
    public static string[]? StatOf(int processId)
    {
        var stat = Read($"/proc/{processId}/stat");
        return stat.LastIndexOf(')') is > 0 and var end ? stat[(end + 2)..].Split(' ') : null;
    }

    /// <summary>A process that has ended remains a child until its parent collects its exit code.</summary>
    public static bool HasEnded(string[]? stat) => stat is null or ["Z" or "X", ..];

    /// <summary>Asks a supervisor to end everything below it.</summary>
    public static void AskToEnd(int processId) => _ = SendSignal(processId, SigTerm);

    /// <summary>For a supervisor that does not respond: ends what is below it, then the supervisor.</summary>
    public static void Kill(int supervisorId)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var left = DescendantsOf(supervisorId).Where(static id => !HasEnded(StatOf(id))).ToList();
            if (left.Count == 0)
            {
                break;
            }

            left.ForEach(static id => _ = SendSignal(id, SigKill));
        }

        _ = SendSignal(supervisorId, SigKill);
    }

    /// <summary>
    /// Node.js aborts when it runs out of memory, and could leave a core file in the function's folder. Later children inherit this limit.
    /// </summary>
    public static void ForbidCoreFiles(int processId)
    {
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
        {
            var none = default(Limit);
            _ = SetLimit(processId, LimitOfCoreFiles, in none, 0);
        }
    }

    /// <summary>Reads a file of /proc. Returns an empty text when its process has ended.</summary>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string[] ThreadsOf(int processId)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{processId}/task");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended
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
