using System.Diagnostics;
using System.Text;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// One process with one function loaded, below a supervisor (supervisor.pl). It starts cold and then runs one invocation at a time. However
/// it ends (a time-out, too much memory, the server's end, its own exit), the end appears as <see cref="MessageKind.Ended"/>, and
/// everything that it started ends with it.
/// </summary>
internal sealed class FunctionProcess : IAsyncDisposable
{
    private const int GroupField = 2; // of ProcessTree.StatOf
    private const int SessionField = 3;
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Conversation _conversation;
    private readonly LogPump _log = new();
    private readonly Deadline _deadline;
    private readonly MemoryWatch _memory;
    private readonly Task _outputRead;
    private int _processId;
    private int _noneLeftAt; // ProcessTree.LastId when it was last looked for what invocations leave; where some was left, this ends
    private int _condemned;

    private FunctionProcess(Function function, Process process, Conversation conversation, TimeProvider time)
    {
        Function = function;
        _process = process;
        Id = process.Id;
        _conversation = conversation;
        _deadline = new Deadline(time, Kill);
        _memory = new MemoryWatch(Id, function.Settings.MemoryMb, time, Kill);
        _outputRead = Task.WhenAll(_log.RunAsync(process.StandardOutput.BaseStream), _log.RunAsync(process.StandardError.BaseStream));
        Exited = WaitForExitAsync();
        IdleNode = new LinkedListNode<FunctionProcess>(this);
        IdleOfFunctionNode = new LinkedListNode<FunctionProcess>(this);
    }

    public Function Function { get; }

    /// <summary>The process id of its supervisor.</summary>
    public int Id { get; }

    /// <summary>Completes when the process has ended, with its exit code, or 128 plus the signal that ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>True when a time-out ended the process.</summary>
    public bool TimedOut => _deadline.Passed;

    /// <summary>True when it was ended because it took more memory than allowed.</summary>
    public bool OutOfMemory => _memory.Exceeded;

    /// <summary>Its place in the pool's lists while it is idle.</summary>
    public LinkedListNode<FunctionProcess> IdleNode { get; }

    /// <inheritdoc cref="IdleNode"/>
    public LinkedListNode<FunctionProcess> IdleOfFunctionNode { get; }

    /// <summary>When it became idle, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <param name="function">The function that it runs.</param>
    /// <param name="start">The command line and the environment.</param>
    /// <param name="conversation">The server's end of the conversation.</param>
    /// <param name="time">The clock for its time limits.</param>
    public static FunctionProcess Start(Function function, ProcessStartInfo start, Conversation conversation, TimeProvider time)
    {
        try
        {
            var process = Process.Start(start)!;
            ProcessTree.ForbidCoreFiles(process.Id);
            return new FunctionProcess(function, process, conversation, time);
        }
        catch
        {
            conversation.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the function is loaded: Ready, InitFailed or Ended.</summary>
    public async Task<Message> InitialiseAsync(InvocationLog log, TimeSpan timeout)
    {
        _log.Current = log;
        _deadline.Start(timeout);
        _memory.Start();
        var message = Settle(await _conversation.BeginAsync(Exited).ConfigureAwait(false));
        _processId = ProcessTree.ChildrenOf(Id).FirstOrDefault(); // orphans come behind it
        return message;
    }

    /// <summary>Runs the function once: Result, Failed, Crashed or Ended.</summary>
    public async ValueTask<Message> InvokeAsync(Invocation invocation)
    {
        _log.Current = invocation.Log;
        _deadline.Start(Function.Settings.Timeout);
        _memory.Start();
        var message = Settle(await _conversation.AskAsync(invocation, _deadline.UnixMilliseconds, Exited).ConfigureAwait(false));
        if (!invocation.Log.WantsFrame || message.Kind == MessageKind.Ended)
        {
            return message;
        }

        if (!_conversation.MarksLog)
        {
            Write(invocation.RequestId + "\n"); // the pipe has room: the last one was read before its invocation ended
        }

        // Counts as the limit does: only the memory that is the process's own. The number that a process reports includes shared programs
        // and libraries.
        return _memory.PeakKb(_processId) is > 0 and var peak ? message with { PeakMemoryKb = peak } : message;
    }

    /// <summary>
    /// Returns true when the invocation that was just answered left processes behind. Processes below a custom runtime may belong to the
    /// runtime itself, so only those that have detached themselves count. Returns false when the system does not say.
    /// </summary>
    public bool HasLeftProcesses()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var last = ProcessTree.LastId();
        if (last != 0 && last == _noneLeftAt)
        {
            return false;
        }

        _noneLeftAt = last;
        return HasOthers();
    }

    /// <summary>Returns true when there is something below the supervisor that does not belong to the function's process.</summary>
    private bool HasOthers()
    {
        var orphans = ProcessTree.ChildrenOf(Id).Where(id => id != _processId).Select(ProcessTree.StatOf);
        if (orphans.Any(static stat => !ProcessTree.HasEnded(stat)))
        {
            return true;
        }

        if (Function.Settings.Kind != RuntimeKind.Provided)
        {
            return ProcessTree.ChildrenOf(_processId).Select(ProcessTree.StatOf).Any(static stat => !ProcessTree.HasEnded(stat));
        }

        var own = ProcessTree.StatOf(_processId);
        return own is not null && ProcessTree.DescendantsOf(_processId).Select(ProcessTree.StatOf)
            .Any(stat => !ProcessTree.HasEnded(stat) && (stat![GroupField] != own[GroupField] || stat[SessionField] != own[SessionField]));
    }

    /// <summary>Ends the process and whatever it has started, at once. It bypasses a supervisor that was stopped or is stuck.</summary>
    public void Kill()
    {
        // Once it is gone, another process may have its id.
        if (!Exited.IsCompleted && Interlocked.Exchange(ref _condemned, 1) == 0)
        {
            ProcessTree.AskToEnd(Id);
            _ = InsistAsync();
        }
    }

    /// <summary>Ends the process and frees what it held. No caller may be waiting for its answer.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await ExitAsync().ConfigureAwait(false);
        await _process.StandardInput.DisposeAsync().ConfigureAwait(false);
        _process.StandardOutput.Dispose();
        _process.StandardError.Dispose();
        _conversation.Dispose();
        _deadline.Dispose();
        _memory.Dispose();
        _process.Dispose();
    }

    /// <summary>Returns the exit code of a process whose connection has ended, once everything that it wrote is in the log.</summary>
    public async Task<int> ExitAsync()
    {
        try
        {
            var code = await Exited.WaitAsync(ExitGrace).ConfigureAwait(false);
            await _outputRead.WaitAsync(ExitGrace).ConfigureAwait(false);
            return code;
        }
        catch (TimeoutException)
        {
            Kill(); // it has closed its connection but lives on
            return await Exited.ConfigureAwait(false);
        }
    }

    /// <summary>Ignores messages that arrive after the process was condemned.</summary>
    private Message Settle(Message message)
    {
        _memory.Stop();
        if ((_deadline.Stop() && !_memory.Exceeded) || message.Kind == MessageKind.Ended)
        {
            return message;
        }

        message.Dispose();
        return Message.Ended;
    }

    private void Write(string text)
    {
        try
        {
            _process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(text));
            _process.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // The process has ended. Whoever waits for it learns so in another way.
        }
    }

    private async Task InsistAsync()
    {
        try
        {
            await Exited.WaitAsync(ExitGrace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            ProcessTree.Kill(Id);
        }
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return _process.ExitCode;
    }
}
