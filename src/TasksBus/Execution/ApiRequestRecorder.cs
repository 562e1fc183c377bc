using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>
/// Records the requests that API functions answered, apart from the answers. A request is handed over when it is over, and stored a moment
/// later together with others. A process that dies loses the requests of that moment, and those that it was still answering. While the
/// database is away, as many are kept as there is room for. Further ones are counted and dropped.
/// </summary>
public sealed class ApiRequestRecorder(
    IRecordStore store, ApiFunctions functions, IOptions<TasksBusOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<ApiRequestRecorder> logger) : IHostedService, IDisposable
{
    /// <summary>The largest number of requests that wait to be stored.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>The limit for their texts, in characters.</summary>
    public const long MaxWaitingText = 32 * 1024 * 1024;

    private const int MaxBatch = 200;
    private const int MaxBatchText = 4 * 1024 * 1024;
    private static readonly TimeSpan s_report = TimeSpan.FromSeconds(10);

    private readonly Channel<ApiRequest> _waiting =
        Channel.CreateBounded<ApiRequest>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Drain _drain = new(lifetime, options.Value.DrainTimeout, clock);
    private Task _writing = Task.CompletedTask;
    private long _text;
    private long _dropped;
    private long _reportedAt;

    /// <summary>Hands over a request without waiting.</summary>
    public void Add(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = request with { Path = ErrorText.Clean(request.Path, ErrorText.MessageLimit) };
        var text = TextOf(request);
        if (Interlocked.Add(ref _text, text) <= MaxWaitingText && _waiting.Writer.TryWrite(request))
        {
            return;
        }

        Interlocked.Add(ref _text, -text);
        Interlocked.Increment(ref _dropped);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = Task.Run(WriteAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Waits for requests that are being answered, and stores everything that was handed over.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        functions.Slots.All.Close();
        await _drain.WaitAsync(functions.Slots.All);
        _waiting.Writer.TryComplete();
        await _writing;
    }

    /// <inheritdoc/>
    public void Dispose() => _drain.Dispose();

    private async Task WriteAsync()
    {
        List<ApiRequest> batch = [];
        while (await _waiting.Reader.WaitToReadAsync())
        {
            var text = 0L;
            while (batch.Count < MaxBatch && text < MaxBatchText && _waiting.Reader.TryRead(out var request))
            {
                batch.Add(request);
                text += TextOf(request);
            }

            await StoreAsync(batch);
            Interlocked.Add(ref _text, -text);
            batch.Clear();
            ReportDropped();
        }
    }

    private async Task StoreAsync(List<ApiRequest> batch)
    {
        try
        {
            await Backoff.RetryAsync<bool, StoreUnavailableException>(clock, async () =>
            {
                await store.WriteAsync(batch, CancellationToken.None);
                return true;
            }, exception =>
            {
                logger.RequestsWait(exception);
                ReportDropped();
            }, _drain.Ended);
        }
        catch (OperationCanceledException) when (_drain.Ended.IsCancellationRequested)
        {
            Interlocked.Add(ref _dropped, batch.Count);
        }
        catch (Exception exception) when (batch.Count == 1)
        {
            logger.RequestNotRecorded(batch[0].Id, exception);
        }
        catch (Exception)
        {
            // One of them cannot be stored. The others are stored one by one.
            foreach (var request in batch)
            {
                await StoreAsync([request]);
            }
        }
    }

    private void ReportDropped()
    {
        if (Volatile.Read(ref _dropped) > 0
            && (_reportedAt == 0 || _drain.Ended.IsCancellationRequested || clock.GetElapsedTime(_reportedAt) >= s_report))
        {
            _reportedAt = clock.GetTimestamp();
            logger.RequestsDropped(Interlocked.Exchange(ref _dropped, 0));
        }
    }

    private static long TextOf(ApiRequest request) =>
        request.Path.Length + (request.Log?.Text.Length ?? 0) + (request.Error?.Message.Length ?? 0);
}
