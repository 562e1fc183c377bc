using System.Globalization;

namespace TasksBus.Storage;

/// <summary>What happened to tasks in a span of time: how many, and how their times are spread.</summary>
public sealed class TaskCounts
{
    private const char Between = ' ';

    private readonly long[] _numbers = new long[First + 2 * Buckets];

    /// <summary>The upper bounds of the buckets for times, in seconds. One more bucket takes what is longer.</summary>
    public static IReadOnlyList<double> Bounds { get; } =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    private const int First = 5;

    private static int Buckets => Bounds.Count + 1;

    /// <summary>Tasks that were stored.</summary>
    public long Accepted
    {
        get => _numbers[0];
        set => _numbers[0] = value;
    }

    /// <summary>Tasks that completed.</summary>
    public long Complete
    {
        get => _numbers[1];
        set => _numbers[1] = value;
    }

    /// <summary>Tasks that failed and are not retried.</summary>
    public long Failed
    {
        get => _numbers[2];
        set => _numbers[2] = value;
    }

    /// <summary>Tasks that failed and are retried.</summary>
    public long Retried
    {
        get => _numbers[3];
        set => _numbers[3] = value;
    }

    /// <summary>Tasks that were canceled.</summary>
    public long Canceled
    {
        get => _numbers[4];
        set => _numbers[4] = value;
    }

    /// <summary>Counts the time from when a task was due until it was claimed.</summary>
    public void AddDelay(TimeSpan delay) => _numbers[First + BucketOf(delay)]++;

    /// <summary>Counts how long an invocation took.</summary>
    public void AddRun(TimeSpan run) => _numbers[First + Buckets + BucketOf(run)]++;

    /// <summary>Adds the counts of another span of time.</summary>
    public void Add(TaskCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < _numbers.Length; i++)
        {
            _numbers[i] += other._numbers[i];
        }
    }

    /// <summary>The sum of counts.</summary>
    public static TaskCounts SumOf(IEnumerable<TaskCounts> all)
    {
        ArgumentNullException.ThrowIfNull(all);
        TaskCounts sum = new();
        foreach (var each in all)
        {
            sum.Add(each);
        }

        return sum;
    }

    /// <summary>
    /// The time from due to claim that this part of the tasks did not exceed. It is read from the buckets, so it is exact to a bucket. Null
    /// when there was none.
    /// </summary>
    /// <param name="part">0 to 1, such as 0.95.</param>
    public TimeSpan? DelayOf(double part) => TimeOf(First, part);

    /// <summary>The same for the time that invocations took.</summary>
    /// <inheritdoc cref="DelayOf"/>
    public TimeSpan? RunOf(double part) => TimeOf(First + Buckets, part);

    /// <summary>The stored form: numbers with spaces between, without the zeros at the end.</summary>
    public override string ToString()
    {
        var length = Array.FindLastIndex(_numbers, static number => number != 0) + 1;
        return string.Join(Between, _numbers.Take(length).Select(static number => number.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads the stored form. Numbers that this version does not know are left out.</summary>
    public static TaskCounts Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        TaskCounts counts = new();
        var place = 0;
        foreach (var number in text.Split(Between, StringSplitOptions.RemoveEmptyEntries).Take(counts._numbers.Length))
        {
            counts._numbers[place++] = long.Parse(number, CultureInfo.InvariantCulture);
        }

        return counts;
    }

    private static int BucketOf(TimeSpan time)
    {
        var seconds = time.TotalSeconds;
        for (var i = 0; i < Bounds.Count; i++)
        {
            if (seconds <= Bounds[i])
            {
                return i;
            }
        }

        return Bounds.Count;
    }

    private TimeSpan? TimeOf(int first, double part)
    {
        var all = _numbers.AsSpan(first, Buckets);
        long sum = 0;
        foreach (var number in all)
        {
            sum += number;
        }

        if (sum == 0)
        {
            return null;
        }

        var wanted = part * sum;
        double before = 0;
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] > 0 && before + all[i] >= wanted)
            {
                var low = i == 0 ? 0 : Bounds[i - 1];
                // What is longer than the last bound is shown as that bound.
                var high = i < Bounds.Count ? Bounds[i] : low;
                return TimeSpan.FromSeconds(low + (high - low) * Math.Max(0, wanted - before) / all[i]);
            }

            before += all[i];
        }

        return TimeSpan.FromSeconds(Bounds[^1]);
    }
}
