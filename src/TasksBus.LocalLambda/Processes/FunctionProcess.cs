using System.Diagnostics;
using System.Text;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// One process with one function loaded: started cold, then one invocation at a time. Every way to end it (a time-out, too much memory, the
/// server's end, its own exit) shows as <see cref="MessageKind.Ended"/>.
/// </summary>
internal sealed class FunctionProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Conversation _conversation;
    private readonly bool _leadsGroup;
    private readonly LogPump _log = new();
    private readonly Deadline _deadline;
    private readonly MemoryWatch _memory;
    private readonly Task _outputRead;

    private FunctionProcess(Function function, Process process, Conversation conversation, bool leadsGroup, TimeProvider time)
    {
        Function = function;
        _process = process;
        Id = process.Id;
        _conversation = conversation;
        _leadsGroup = leadsGroup;
        _deadline = new Deadline(time, Kill);
        _memory = new MemoryWatch(Id, function.Settings.MemoryMb, time, Kill);
        _outputRead = Task.WhenAll(_log.RunAsync(process.StandardOutput.BaseStream), _log.RunAsync(process.StandardError.BaseStream));
        Exited = WaitForExitAsync();
        IdleNode = new LinkedListNode<FunctionProcess>(this);
        IdleOfFunctionNode = new LinkedListNode<FunctionProcess>(this);
    }

    public Function Function { get; }

    public int Id { get; }

    /// <summary>Completes when the process has ended, with its exit code: 128 plus the signal where one ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>Whether the end of the process was a time-out's doing.</summary>
    public bool TimedOut => _deadline.Passed;

    /// <summary>Whether it was ended for taking more memory than it may.</summary>
    public bool OutOfMemory => _memory.Exceeded;

    /// <summary>Its place in the pool's lists while it is idle.</summary>
    public LinkedListNode<FunctionProcess> IdleNode { get; }

    /// <inheritdoc cref="IdleNode"/>
    public LinkedListNode<FunctionProcess> IdleOfFunctionNode { get; }

    /// <summary>When it became idle, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <param name="function">What it runs.</param>
    /// <param name="start">Its command line and environment.</param>
    /// <param name="input">What it reads first; null for nothing.</param>
    /// <param name="conversation">The other end of which it has been told.</param>
    /// <param name="leadsGroup">Whether it leads a process group of its own.</param>
    /// <param name="time">For its time limits.</param>
    public static FunctionProcess Start(Function function, ProcessStartInfo start, string? input, Conversation conversation, bool leadsGroup, TimeProvider time)
    {
        try
        {
            var process = Process.Start(start)!;
            ProcessGroup.ForbidCoreFiles(process.Id);
            var started = new FunctionProcess(function, process, conversation, leadsGroup, time);
            started.Write(input ?? "");
            if (conversation.MarksLog)
            {
                process.StandardInput.Close();
            }

            return started;
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
        return Settle(await _conversation.BeginAsync(Exited).ConfigureAwait(false));
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

        // Counted as the limit is: what a process has of its own. What it says of itself has the programs and libraries in it that it shares.
        return _memory.PeakKb() is > 0 and var peak ? message with { PeakMemoryKb = peak } : message;
    }

    /// <summary>Ends it and whatever it has started, at once.</summary>
    public void Kill()
    {
        // Once it is gone, its id may be another's.
        if (!Exited.IsCompleted)
        {
            ProcessGroup.Kill(_process, _leadsGroup);
        }
    }

    /// <summary>Ends it and frees what it held. Nobody may be waiting for its answer.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await ExitAsync().ConfigureAwait(false);
        _process.StandardOutput.Dispose();
        _process.StandardError.Dispose();
        _conversation.Dispose();
        _deadline.Dispose();
        _memory.Dispose();
        _process.Dispose();
    }

    /// <summary>The exit code of a process whose connection has ended, once all that it wrote is in the log.</summary>
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
            Kill(); // it has closed its connection but lives on, or a child that left the group holds its output open
            return await Exited.ConfigureAwait(false);
        }
    }

    /// <summary>What arrives after the process was condemned no longer counts.</summary>
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
            // It has ended, which whoever waits for it hears otherwise.
        }
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        if (_leadsGroup)
        {
            ProcessGroup.KillRemains(Id);
        }

        return _process.ExitCode;
    }
}
