using System.Collections.Concurrent;
using System.Diagnostics;
using TasksBus.Telemetry;

namespace TasksBus.UnitTests.Telemetry;

/// <summary>A trace of a publisher, and every span that the engine adds to it, although other tests run in this process.</summary>
internal sealed class SpansOfTrace : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = [];
    private readonly ActivityListener _listener;

    /// <param name="isRecorded">False when nobody records the engine's spans of this trace.</param>
    public SpansOfTrace(bool isRecorded = true)
    {
        _listener = new()
        {
            ShouldListenTo = static source => source.Name == TaskTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => isRecorded && options.TraceId == TraceId
                ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public ActivityTraceId TraceId { get; } = ActivityTraceId.CreateRandom();

    public ActivitySpanId Publisher { get; } = ActivitySpanId.CreateRandom();

    /// <summary>What a publisher sends in the header.</summary>
    public string TraceParent => $"00-{TraceId}-{Publisher}-01";

    /// <summary>The names of all spans, sorted.</summary>
    public IEnumerable<string> Names => _spans.Select(static span => span.OperationName).Order(StringComparer.Ordinal);

    public Activity Of(string name) => _spans.Single(span => span.OperationName == name);

    public IReadOnlyList<Activity> AllOf(string name) => [.. _spans.Where(span => span.OperationName == name)];

    /// <summary>Does something as the publisher, within its span.</summary>
    public async Task<T> AsPublisherAsync<T>(Func<Task<T>> step)
    {
        using var publishing = new Activity("publisher").SetParentId(TraceId, Publisher, ActivityTraceFlags.Recorded).Start();
        return await step();
    }

    public void Dispose() => _listener.Dispose();
}
