using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace TasksBus.LocalLambda.Http.Signatures;

/// <summary>
/// Bounds what the server holds of bodies whose signature can only be checked with them: all at once as much as two of the largest. Only what has
/// arrived counts: announcing much takes nothing from others. Where there is no room, the body that has held some for longest gives way after a
/// while, so that a few that hang keep nobody out.
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

    /// <summary>Those that hold something, the one that has for longest first.</summary>
    private readonly List<Place> _places = [];
    private long _bytes;

    /// <summary>For one body, until it is disposed. It must come at a steady rate.</summary>
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

            // One at a time: its room is there in a moment.
            if (!_places.Exists(static held => held.GivesWay.IsCancellationRequested) && _places[0] != place && time.GetElapsedTime(_places[0].Since) >= Undisturbed)
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

    /// <summary>The room of one body.</summary>
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

        /// <summary>Others need its room: it is not read to its end.</summary>
        public CancellationToken GivesWay => _givesWay.Token;

        public long Bytes { get; set; }

        public long Since { get; set; }

        /// <summary>Room for so many bytes in all; false where there is none for seconds.</summary>
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
