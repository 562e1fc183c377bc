using TasksBus.Telemetry;

namespace TasksBus.Dispatch;

/// <summary>Knows whether the broker accepts what this process sends as the leader: releases and events.</summary>
public sealed class BrokerReach(TaskMetrics metrics, TimeProvider clock)
{
    /// <summary>
    /// A broker that takes longer to confirm counts as away. The time is short enough for another process to lead within 10 seconds: this
    /// one may try twice, and the other asks once a second.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    /// <summary>A process that leads alone leads and steps aside in turn while the broker is away, every 5 to 12 seconds.</summary>
    private static readonly TimeSpan s_doubtful = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long _confirmedAt = clock.GetTimestamp();
    private bool _isAway;
    private long? _awayAt;

    /// <summary>
    /// True when the broker took nothing in the last 30 seconds, and something was sent. False says little of a process that stands by.
    /// </summary>
    public bool HasFailed
    {
        get
        {
            lock (_lock)
            {
                return _awayAt is { } at && clock.GetElapsedTime(at) < s_doubtful;
            }
        }
    }

    /// <summary>Call this when the broker accepted a message.</summary>
    public void Confirmed()
    {
        lock (_lock)
        {
            (_confirmedAt, _isAway, _awayAt) = (clock.GetTimestamp(), false, null);
        }
    }

    /// <summary>
    /// Call this when a message was not accepted. The broker counts as away if the failure says so and the broker accepted no other message
    /// meanwhile.
    /// </summary>
    /// <param name="sentAt">When the message was sent.</param>
    public void Failed(Exception exception, long sentAt)
    {
        lock (_lock)
        {
            _isAway |= exception is BrokerUnavailableException && sentAt >= _confirmedAt;
        }
    }

    /// <summary>Call this after each round.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away. The exception is thrown once.</exception>
    public void ThrowIfAway()
    {
        lock (_lock)
        {
            if (_isAway)
            {
                // Messages sent before this moment say nothing about the time after it.
                (_confirmedAt, _isAway, _awayAt) = (clock.GetTimestamp(), false, clock.GetTimestamp());
                metrics.BrokerAway();
                throw new BrokerUnavailableException("The broker takes nothing from here.");
            }
        }
    }
}
