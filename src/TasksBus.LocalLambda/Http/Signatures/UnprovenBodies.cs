using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace TasksBus.LocalLambda.Http.Signatures;

/// <summary>
/// Bounds the memory for bodies whose signature can be checked only with the body. All of them together may take as much as two of the
/// largest. Only bytes that have arrived count, so a large Content-Length takes nothing from others. When there is no room, the body that
/// has held memory longest is dropped after a while, so a few stalled bodies block nobody.
/// </summary>
internal sealed class UnprovenBodies(TimeProvider time)
{
    private const long MostBytes = 2L * (70_167_211 + 1);
    private static readonly MinDataRate Rate = new(bytesPerSecond: 10_240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>A caller on this machine needs a second for the largest body.</summary>
    private static readonly TimeSpan Undisturbed = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly Lock _lock = new();

    /// <summary>The bodies that hold memory, the oldest first.</summary>
    private readonly List<Place> _places = [];
    private long _bytes;

    /// <summary>Makes a place for one body, until it is disposed. The body must arrive at a steady rate.</summary>
    public Place Enter(HttpRequest request) => new(this, request.HttpContext.Features.Get<IHttpMinRequestBodyDataRateFeature>(), time);

    private bool TryGrow(Place place, long bytes)
    {
        lock (_lock)
        {
            if (_bytes - place.Bytes + bytes <= MostBytes)
            {
                if (place.Bytes == 0)
                {
                    place.Since = time.GetTimestamp();
                    _places.Add(place);
                }

                _bytes += bytes - place.Bytes;
                place.Bytes = bytes;
                return true;
            }

            // One body is dropped at a time. Its room is free in a moment.
            if (!_places.Exists(static held => held.GivesWay.IsCancellationRequested) && _places[0] != place
                && time.GetElapsedTime(_places[0].Since) >= Undisturbed)
            {
                _places[0].GiveWay();
            }

            return false;
        }
    }

    private void Leave(Place place)
    {
        lock (_lock)
        {
            _bytes -= place.Bytes;
            _places.Remove(place);
        }
    }

    /// <summary>The memory of one body.</summary>
    internal sealed class Place : IDisposable
    {
        private readonly UnprovenBodies _all;
        private readonly IHttpMinRequestBodyDataRateFeature? _rate;
        private readonly TimeProvider _time;
        private readonly CancellationTokenSource _givesWay = new();

        public Place(UnprovenBodies all, IHttpMinRequestBodyDataRateFeature? rate, TimeProvider time)
        {
            (_all, _rate, _time) = (all, rate, time);
            _rate?.MinDataRate = Rate;
        }

        /// <summary>Cancelled when others need the memory. The body is then not read to its end.</summary>
        public CancellationToken GivesWay => _givesWay.Token;

        public long Bytes { get; set; }

        public long Since { get; set; }

        /// <summary>Reserves the given total number of bytes. Returns false when there is no room for seconds.</summary>
        public async ValueTask<bool> TryGrowAsync(long bytes)
        {
            var begun = _time.GetTimestamp();
            while (!_all.TryGrow(this, bytes))
            {
                if (GivesWay.IsCancellationRequested || _time.GetElapsedTime(begun) >= Patience)
                {
                    return false;
                }

                await Task.Delay(Pause, _time).ConfigureAwait(false);
            }

            return true;
        }

        public void GiveWay() => _ = _givesWay.CancelAsync();

        public void Dispose()
        {
            _all.Leave(this);
            _rate?.MinDataRate = null;
        }
    }
}
