namespace TasksBus.Lambda;

/// <summary>
/// The time that requests are signed with. AWS refuses signatures that are five minutes off; where its answers show that this machine's
/// clock is, later requests are signed with the corrected time.
/// </summary>
internal sealed class SigningClock(TimeProvider time)
{
    /// <summary>Somewhat less than AWS allows, for an answer's Date has whole seconds and the answer takes its time.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(4);

    private long _correction;

    public DateTimeOffset Now => time.GetUtcNow() + new TimeSpan(Volatile.Read(ref _correction));

    /// <summary>Looks at the answer to a request whose signature was refused, and corrects the clock if time was the reason.</summary>
    /// <param name="date">The answer's Date.</param>
    /// <param name="signedAt">What the request was signed with.</param>
    /// <returns>How far this machine's clock is behind, negative where it is ahead; null if the signature was not refused for its time.</returns>
    public TimeSpan? Correct(DateTimeOffset? date, DateTimeOffset signedAt)
    {
        if (date is null || (date.Value - signedAt).Duration() < s_tolerance)
        {
            return null;
        }

        var behind = date.Value - time.GetUtcNow();
        Volatile.Write(ref _correction, behind.Ticks);
        return behind;
    }
}
