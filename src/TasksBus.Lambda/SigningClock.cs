namespace TasksBus.Lambda;

/// <summary>
/// The time with which requests are signed. AWS refuses signatures that are off by five minutes. If its answers show that this machine's
/// clock is wrong, later requests are signed with the corrected time.
/// </summary>
internal sealed class SigningClock(TimeProvider time)
{
    /// <summary>Somewhat less than AWS allows, because an answer's Date has whole seconds and the answer takes time to arrive.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(4);

    private long _correction;

    public DateTimeOffset Now => time.GetUtcNow() + new TimeSpan(Volatile.Read(ref _correction));

    /// <summary>Looks at the answer to a request whose signature was refused, and corrects the clock if time was the reason.</summary>
    /// <param name="date">The Date header of the answer.</param>
    /// <param name="signedAt">The time with which the request was signed.</param>
    /// <returns>How far this machine's clock is behind, negative when it is ahead. Null if the time was not the reason.</returns>
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
