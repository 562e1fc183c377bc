using System.Diagnostics;

namespace TasksBus.Benchmarks.Hangfire;

/// <summary>The job. It counts itself, in the same process as those who wait for it.</summary>
public static class NoOp
{
    private static int s_left;
    private static TaskCompletionSource<long> s_lastStart = new();

    /// <summary>Counts so many jobs from now on; the task's result is the timestamp at which the last of them started.</summary>
    public static Task<long> Expect(int jobs)
    {
        s_lastStart = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref s_left, jobs);
        return s_lastStart.Task;
    }

    /// <summary>The method that Hangfire calls.</summary>
    public static void Run()
    {
        if (Interlocked.Decrement(ref s_left) == 0)
        {
            s_lastStart.TrySetResult(Stopwatch.GetTimestamp());
        }
    }
}
