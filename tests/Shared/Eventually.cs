using Xunit;

namespace TasksBus.Tests;

/// <summary>Waits for conditions, with a deadline that even a busy machine meets.</summary>
internal static class Eventually
{
    /// <summary>How long a test waits for what must come about.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static Task TrueAsync(Func<Task<bool>> condition, string what) => TrueAsync(condition, () => what);

    /// <param name="what">What should come about. It is asked at the deadline, and may say what is there instead.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                Assert.Fail($"Within {Patience.TotalSeconds:0} s it did not come about that {what()}.");
            }

            await Task.Delay(s_pause);
        }
    }

    /// <summary>Awaits what must end by itself.</summary>
    public static Task EndsAsync(this Task task) => task.WaitAsync(Patience);

    /// <summary>Awaits what must end by itself.</summary>
    public static Task<T> EndsAsync<T>(this Task<T> task) => task.WaitAsync(Patience);
}
