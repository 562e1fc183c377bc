namespace TasksBus.Dispatch;

/// <summary>Whether the broker takes what this process sends as the leader: releases and events.</summary>
public sealed class BrokerReach(TimeProvider clock)
{
    /// <summary>
    /// A broker that takes longer to confirm is away. So short that another process leads within 10 seconds: this one may try twice, and that one asks once a second.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    private readonly Lock _lock = new();
    private long _confirmedAt = clock.GetTimestamp();
    private bool _isAway;

    /// <summary>The broker took a message.</summary>
    public void Confirmed()
    {
        lock (_lock)
        {
            (_confirmedAt, _isAway) = (clock.GetTimestamp(), false);
        }
    }

    /// <summary>A message was not taken. Where that says that the broker is away, and the broker took no other message meanwhile, it is.</summary>
    /// <param name="sentAt">When the message was sent.</param>
    public void Failed(Exception exception, long sentAt)
    {
        lock (_lock)
        {
            _isAway |= exception is BrokerUnavailableException && sentAt >= _confirmedAt;
        }
    }

    /// <summary>To be asked after each round.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away. It is said once.</exception>
    public void ThrowIfAway()
    {
        lock (_lock)
        {
            if (_isAway)
            {
                // What was sent before this moment says nothing about the time after it.
                (_confirmedAt, _isAway) = (clock.GetTimestamp(), false);
                throw new BrokerUnavailableException("The broker takes nothing from here.");
            }
        }
    }
}
