using System.Globalization;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// Enforces the memory limit of everything below a supervisor while an invocation runs. Twenty times a second it adds up the memory that is
/// the processes' own, without memory that they share with others, such as programs and libraries. It works on Linux only, because it reads
/// /proc.
/// </summary>
internal sealed class MemoryWatch : IDisposable
{
    private const int ChecksPerSearch = 10; // children are looked for less often: each thread has to be asked for its own
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);
    private readonly int _supervisorId;
    private readonly long _limitPages;
    private readonly Action _onExceeded;
    private readonly ITimer? _timer;
    private volatile bool _isOn;
    private List<int> _family = [];
    private int _checks;
    private int _isTicking;
    private long _peakPages;

    public MemoryWatch(int supervisorId, int limitMb, TimeProvider time, Action onExceeded)
    {
        _supervisorId = supervisorId;
        _limitPages = limitMb * 1024L * 1024 / Environment.SystemPageSize;
        _onExceeded = onExceeded;
        if (OperatingSystem.IsLinux())
        {
            _timer = time.CreateTimer(
                static self => ((MemoryWatch)self!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stays true once it is true, because the process is gone.</summary>
    public bool Exceeded { get; private set; }

    public void Start()
    {
        _isOn = true;
        Tick();
    }

    /// <summary>The timer ends itself, so that a short invocation does not have to set it twice.</summary>
    public void Stop() => _isOn = false;

    /// <summary>The highest memory that was seen, in KB, counted as the limit is. 0 when the system does not say.</summary>
    /// <param name="processId">A process that may have run too briefly to be counted with the others.</param>
    public int PeakKb(int processId) =>
        (int)(Math.Max(Interlocked.Read(ref _peakPages), PagesOf(processId)) * Environment.SystemPageSize / 1024);

    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        if (Interlocked.Exchange(ref _isTicking, 1) == 0)
        {
            _timer?.Change(Period, Period);
        }
    }

    private void Check()
    {
        if (!_isOn)
        {
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Interlocked.Exchange(ref _isTicking, 0);
            if (_isOn)
            {
                Tick(); // it began in between
            }

            return;
        }

        if (_checks++ % ChecksPerSearch == 0)
        {
            _family = [.. ProcessTree.DescendantsOf(_supervisorId)];
        }

        var pages = _family.Sum(PagesOf);
        Interlocked.Exchange(ref _peakPages, Math.Max(pages, _peakPages));
        if (_isOn && !Exceeded && pages > _limitPages && _isOn)
        {
            Exceeded = true;
            _onExceeded();
        }
    }

    private static long PagesOf(int processId)
    {
        // The fields are pages: of the address space, in memory, and shared.
        var fields = ProcessTree.Read($"/proc/{processId}/statm").Split(' ');
        return fields.Length < 3
            ? 0 : long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture);
    }
}
