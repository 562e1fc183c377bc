using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using TasksBus.LocalLambda.Http.Signatures;

namespace TasksBus.LocalLambda.Tests;

/// <summary>The room for bodies whose signature is not yet known to be right.</summary>
public sealed class UnprovenBodiesTests
{
    private const int Largest = 70_167_212;
    private readonly FakeTimeProvider _time = new();
    private readonly UnprovenBodies _bodies;

    public UnprovenBodiesTests() => _bodies = new(_time);

    [Fact]
    public async Task It_holds_two_of_the_largest()
    {
        using var first = await EnterAsync(Largest);
        using (await EnterAsync(Largest))
        {
            Assert.False(await GrowsAsync(Enter(), 1, TimeSpan.FromSeconds(5)));
        }

        using var third = await EnterAsync(Largest);
        Assert.False(first.GivesWay.IsCancellationRequested);
    }

    [Fact]
    public async Task The_oldest_gives_way_to_who_came_later_and_never_the_other_way_round()
    {
        using var first = await EnterAsync(Largest);
        _time.Advance(TimeSpan.FromSeconds(5));
        using var second = await EnterAsync(Largest - 100);
        using var third = await EnterAsync(100);

        Assert.False(await GrowsAsync(third, 200, TimeSpan.FromSeconds(4)));
        Assert.False(first.GivesWay.IsCancellationRequested);
        var growing = third.TryGrowAsync(200).AsTask();
        await PassAsync(TimeSpan.FromSeconds(2));
        Assert.True(first.GivesWay.IsCancellationRequested);
        Assert.False(second.GivesWay.IsCancellationRequested); // its room is not needed as well
        first.Dispose();
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.True(await growing);

        using var fourth = await EnterAsync(Largest - 300);
        Assert.False(await GrowsAsync(second, Largest + 1_000, TimeSpan.FromSeconds(25)));
        Assert.False(third.GivesWay.IsCancellationRequested || fourth.GivesWay.IsCancellationRequested);
    }

    private UnprovenBodies.Place Enter() => _bodies.Enter(new DefaultHttpContext().Request);

    private async Task<UnprovenBodies.Place> EnterAsync(long bytes)
    {
        var place = Enter();
        Assert.True(await place.TryGrowAsync(bytes));
        return place;
    }

    private async Task<bool> GrowsAsync(UnprovenBodies.Place place, long bytes, TimeSpan within)
    {
        var growing = place.TryGrowAsync(bytes).AsTask();
        await PassAsync(within);
        return growing.IsCompletedSuccessfully && await growing;
    }

    /// <summary>Lets time pass in steps, so that everything that polls gets to look.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(2);
        }
    }
}
