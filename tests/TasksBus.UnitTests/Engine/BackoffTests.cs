using Xunit;

namespace TasksBus.UnitTests.Engine;

public class BackoffTests
{
    [Fact]
    public void Waits_double_until_they_are_the_longest_and_stay_that_however_many_there_are()
    {
        Backoff backoff = new(TimeProvider.System, TimeSpan.FromMilliseconds(30), TimeSpan.FromSeconds(1.2));
        var waits = Enumerable.Range(0, 1_000).Select(_ => backoff.Next().TotalMilliseconds).ToArray();

        for (var i = 0; i < waits.Length; i++)
        {
            var whole = Math.Min(30 * Math.Pow(2, i), 1_200);
            Assert.InRange(waits[i], whole / 2, whole);
        }

        Assert.True(waits.Skip(10).Distinct().Count() > 100, "They are not all alike.");
    }
}
