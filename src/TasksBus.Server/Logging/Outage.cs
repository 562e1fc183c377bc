namespace TasksBus.Server.Logging;

/// <summary>The words in the log lines of an outage.</summary>
/// <param name="Dependency">The subject, such as <c>The database</c>.</param>
/// <param name="State">The state during the outage, such as <c>away</c>.</param>
/// <param name="Over">The words for the end, such as <c>is back</c>.</param>
internal sealed record OutageWords(string Dependency, string State, string Over);

/// <summary>
/// Logs the outages of one kind: a line at the first failure, one a minute while it goes on, and one at its end with its cost. An outage
/// ends when nothing has failed for a while.
/// </summary>
/// <param name="words">The words of the lines.</param>
/// <param name="quiet">How long nothing may fail before the outage counts as over. It must be longer than any pause between two
/// tries.</param>
internal sealed partial class Outage(OutageWords words, TimeSpan quiet, ILogger log, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_reminder = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _failures = [];
    private ITimer? _timer;
    private string _reason = "";
    private long _beganAt;
    private long _failedAt;
    private long _remindedAt;

    /// <param name="what">What failed: the name of its log event.</param>
    /// <param name="text">The text of its log line.</param>
    /// <param name="reason">The reason for the failure.</param>
    public void Failed(string what, string text, string reason)
    {
        lock (_lock)
        {
            (_failedAt, _reason) = (clock.GetTimestamp(), PlainText.Of(reason.TrimEnd('.', ' ')));
            _failures[what] = _failures.GetValueOrDefault(what) + 1;
            if (_timer is not null)
            {
                return;
            }

            _beganAt = _remindedAt = _failedAt;
            _timer = clock.CreateTimer(static self => ((Outage)self!).Look(), this, s_look, s_look);
            Began(log, words.Dependency, words.State, _reason, PlainText.Of(text));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_timer is not null)
            {
                GoesOn(log, words.Dependency, words.State, Whole(clock.GetElapsedTime(_beganAt)), Cost(), _reason);
                End();
            }
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_timer is null)
            {
                return;
            }

            if (clock.GetElapsedTime(_failedAt) >= quiet)
            {
                Ended(log, words.Dependency, words.Over, Whole(quiet), Whole(clock.GetElapsedTime(_beganAt, _failedAt)), Cost());
                End();
            }
            else if (clock.GetElapsedTime(_remindedAt) >= s_reminder)
            {
                _remindedAt = clock.GetTimestamp();
                GoesOn(log, words.Dependency, words.State, Whole(clock.GetElapsedTime(_beganAt)), Cost(), _reason);
            }
        }
    }

    private void End()
    {
        _timer?.Dispose();
        _timer = null;
        _failures.Clear();
    }

    private string Cost() =>
        string.Join(", ", _failures.OrderByDescending(static each => each.Value).Select(static each => $"{each.Key} {each.Value}"));

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds(Math.Round(time.TotalSeconds));

    [LoggerMessage(
        701, LogLevel.Error,
        "{Dependency} is {State}: {Reason}. Noticed first: {Text}. What needs it waits; more is said once a minute and at the end")]
    private static partial void Began(ILogger logger, string dependency, string state, string reason, string text);

    [LoggerMessage(702, LogLevel.Error, "{Dependency} has been {State} for {Elapsed}. Failed so far: {Cost}. {Reason}")]
    private static partial void GoesOn(ILogger logger, string dependency, string state, TimeSpan elapsed, string cost, string reason);

    [LoggerMessage(
        703, LogLevel.Warning,
        "{Dependency} {Over}: nothing has failed for {Quiet}. The outage took {Elapsed}. Failed, and tried again: {Cost}")]
    private static partial void Ended(ILogger logger, string dependency, string over, TimeSpan quiet, TimeSpan elapsed, string cost);
}
