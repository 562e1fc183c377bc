using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using TasksBus.Telemetry;

namespace TasksBus.UnitTests.Telemetry;

/// <summary>Listens to the meters of one engine, although other engines run in this process.</summary>
internal sealed class MetricsReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _measured = [];
    private readonly ConcurrentDictionary<string, Instrument> _instruments = [];

    public MetricsReader(TaskMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == metrics.Meter)
            {
                _instruments[instrument.Name] = instrument;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IEnumerable<Instrument> Instruments => _instruments.Values;

    /// <summary>What was measured with these tags, the oldest first.</summary>
    /// <param name="tags">Each as <c>name=value</c>, without the prefix <c>tasksbus.</c>.</param>
    public IReadOnlyList<double> Of(string name, params string[] tags) =>
    [
        .. _measured.Where(measured => measured.Name == name && tags.All(measured.Tags.Contains)).Select(static measured => measured.Value),
    ];

    /// <summary>Reads a gauge now.</summary>
    public IReadOnlyList<double> Now(string name, params string[] tags)
    {
        _measured.Clear();
        _listener.RecordObservableInstruments();
        return Of(name, tags);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new HashSet<string>();
        foreach (var (name, text) in tags)
        {
            texts.Add($"{name.Replace("tasksbus.", "", StringComparison.Ordinal)}={text}");
        }

        _measured.Enqueue(new(instrument.Name, value, texts));
    }

    private sealed record Measured(string Name, double Value, IReadOnlySet<string> Tags);
}
