using System.Runtime.InteropServices;

namespace TasksBus.LocalLambda;

/// <summary>Waits for Ctrl+C or SIGTERM.</summary>
internal sealed class ConsoleStop : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _signals;

    public ConsoleStop() => _signals =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Request),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Request),
    ];

    public CancellationToken Requested => _requested.Token;

    public async Task WaitAsync() =>
        await Task.Delay(Timeout.Infinite, _requested.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _requested.Dispose();
    }

    private void Request(PosixSignalContext context)
    {
        context.Cancel = true;
        _requested.Cancel();
    }
}
