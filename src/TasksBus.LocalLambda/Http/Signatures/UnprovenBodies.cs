using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace TasksBus.LocalLambda.Http.Signatures;

/// <summary>
/// Bounds what the server reads for requests whose signature can only be checked with their body: all at once at most two of the largest. Each
/// must come at a steady rate, lest a few that hang keep the others out.
/// </summary>
internal sealed class UnprovenBodies
{
    private const long MostBytes = 2L * 70_167_211;
    private static readonly MinDataRate Rate = new(bytesPerSecond: 10_240, gracePeriod: TimeSpan.FromSeconds(5));
    private long _bytes;

    /// <summary>Room for one, until it is disposed; null where there is none.</summary>
    public IDisposable? TryTake(HttpRequest request, BodyLimit limit)
    {
        var length = Math.Min(request.ContentLength ?? limit.Bytes, limit.Bytes);
        if (Interlocked.Add(ref _bytes, length) > MostBytes)
        {
            Interlocked.Add(ref _bytes, -length);
            return null;
        }

        var rate = request.HttpContext.Features.Get<IHttpMinRequestBodyDataRateFeature>();
        if (rate is not null)
        {
            rate.MinDataRate = Rate;
        }

        return new Room(this, length, rate);
    }

    private sealed class Room(UnprovenBodies all, long length, IHttpMinRequestBodyDataRateFeature? rate) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Add(ref all._bytes, -length);
            if (rate is not null)
            {
                rate.MinDataRate = null;
            }
        }
    }
}
