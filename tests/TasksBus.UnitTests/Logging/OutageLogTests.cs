using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using TasksBus.Dispatch;
using TasksBus.Server.Logging;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Logging;

public sealed class OutageLogTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly WrittenLog _written = new();
    private readonly OutageLoggerProvider _provider;
    private readonly ILogger _logger;

    public OutageLogTests()
    {
        _provider = new(_written, _clock);
        _logger = _provider.CreateLogger("TasksBus.Intake");
    }

    public void Dispose() => _provider.Dispose();

    [Fact]
    public void An_outage_takes_a_line_at_its_beginning_one_a_minute_and_one_at_its_end()
    {
        // 300 commands and a heartbeat are retried for three minutes.
        for (var second = 0; second < 180; second++)
        {
            for (var command = 0; command < 300; command++)
            {
                Fail(103, "IntakeWaits", "The message is kept", new StoreUnavailableException("Connection refused."));
            }

            Fail(
                307, "HeartbeatFailed", "A heartbeat failed",
                new InvalidOperationException("?", new CommitOutcomeUnknownException("Nobody knows.")));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _clock.Advance(TimeSpan.FromSeconds(13));
        Assert.Equal([701, 702, 702, 702], _written.Events);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([701, 702, 702, 702, 703], _written.Events);

        Assert.Contains("The database is away: Connection refused.", _written.Texts[0], StringComparison.Ordinal);
        Assert.Contains("The message is kept", _written.Texts[0], StringComparison.Ordinal);
        Assert.Contains("00:01:00", _written.Texts[1], StringComparison.Ordinal);
        Assert.Contains(
            "00:02:59. Failed, and tried again: IntakeWaits 54000, HeartbeatFailed 180", _written.Texts[^1], StringComparison.Ordinal);
        Assert.Equal(0, _written.Exceptions);
    }

    [Fact]
    public void The_next_outage_is_told_anew_and_counts_from_nothing()
    {
        for (var outage = 0; outage < 2; outage++)
        {
            Fail(201, "DispatchFailed", "A round failed", new BrokerUnavailableException("No confirm came."));
            _clock.Advance(TimeSpan.FromSeconds(50));
        }

        Assert.Equal([701, 703, 701, 703], _written.Events);
        Assert.All(_written.Texts, static text => Assert.StartsWith("The broker ", text, StringComparison.Ordinal));
        Assert.EndsWith("DispatchFailed 1", _written.Texts[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Database_and_broker_are_told_apart()
    {
        Fail(201, "DispatchFailed", "A round failed", new BrokerUnavailableException("No confirm came."));
        Fail(201, "DispatchFailed", "A round failed", new StoreUnavailableException("Connection refused."));
        Assert.Equal([701, 701], _written.Events);
    }

    [Fact]
    public void A_lack_of_room_is_told_and_counted_as_such()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Fail(103, "IntakeWaits", "The message is kept", new IntakeFullException());
            Fail(506, "LogNoRoom", "A request was told to come back", new ListsFullException(4));
        }

        Assert.Equal([701, 701], _written.Events);
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal([701, 701, 703, 703], _written.Events);

        Assert.StartsWith(
            "The intake is full: The database is slow or away, and as many tasks wait to be stored as this server keeps (10,000,",
            _written.Texts[0], StringComparison.Ordinal);
        Assert.StartsWith("The room for lists is full: 4 lists are being read,", _written.Texts[1], StringComparison.Ordinal);
        Assert.Contains(_written.Texts, static text => text.StartsWith("The intake has room again", StringComparison.Ordinal)
            && text.EndsWith("IntakeWaits 1000", StringComparison.Ordinal));
        Assert.Contains(_written.Texts, static text => text.StartsWith("The room for lists has room again", StringComparison.Ordinal)
            && text.EndsWith("LogNoRoom 1000", StringComparison.Ordinal));
        Assert.DoesNotContain(_written.Texts, static text => text.StartsWith("The database ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stop_and_steps_that_lost_against_others_are_no_outage()
    {
        Fail(1, "One", "A step failed", new ServerStoppingException());
        Fail(2, "Two", "A step failed", new StoreUnavailableException("Others stored some of them each time.", new TaskIdTakenException()));
        Fail(3, "Three", "A step failed", new StoreUnavailableException(
            "It was locked.", new PostgresException("It was locked.", "ERROR", "ERROR", PostgresErrorCodes.LockNotAvailable)));
        Fail(4, "Four", "A step failed", new StoreUnavailableException(
            "A deadlock.", new PostgresException("A deadlock.", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected)));
        Assert.Equal([1, 2, 3, 4], _written.Events);
    }

    [Fact]
    public void A_server_that_ends_sessions_or_has_no_disk_left_is_an_outage()
    {
        Fail(103, "IntakeWaits", "The message is kept", new StoreUnavailableException(
            "It stops.", new PostgresException("It stops.", "FATAL", "FATAL", PostgresErrorCodes.AdminShutdown)));
        Fail(103, "IntakeWaits", "The message is kept", new StoreUnavailableException(
            "It is full.", new PostgresException("It is full.", "ERROR", "ERROR", PostgresErrorCodes.DiskFull)));
        Assert.Equal([701], _written.Events);
    }

    [Fact]
    public void An_outage_that_lasts_is_told_of_when_the_server_stops()
    {
        Fail(201, "DispatchFailed", "A round failed", new StoreUnavailableException("Connection refused."));
        _provider.Dispose();
        Assert.Equal([701, 702], _written.Events);
    }

    [Fact]
    public void Another_failure_is_written_with_its_stack_ten_times_a_minute_and_the_rest_is_counted()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Fail(205, "SweepFailed", "A sweep failed", new InvalidOperationException("A fault of ours."));
        }

        Fail(205, "SweepFailed", "A sweep failed", new NotSupportedException("Another."));
        Assert.Equal(Enumerable.Repeat(205, 11), _written.Events);
        Assert.Equal(11, _written.Exceptions);

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(704, _written.Events[^1]);
        Assert.StartsWith("990 more entries like SweepFailed (InvalidOperationException)", _written.Texts[^1], StringComparison.Ordinal);

        Fail(205, "SweepFailed", "A sweep failed", new InvalidOperationException("A fault of ours."));
        Assert.Equal(205, _written.Events[^1]);
    }

    [Fact]
    public void Entries_without_a_failure_are_never_held_back()
    {
        for (var i = 0; i < 100; i++)
        {
            _logger.Log(LogLevel.Warning, new EventId(316, "TaskFailed"), "A task failed", null, static (text, _) => text);
        }

        Assert.Equal(100, _written.Events.Count);
    }

    [Fact]
    public void What_a_terminal_would_obey_is_written_out()
    {
        _logger.Log(
            LogLevel.Warning, new EventId(316), "\u001b[2J\u009b1m\u0007\0 red \u00e9\n\ttwo\u007f", null, static (text, _) => text);
        Assert.Equal("\\u001B[2J\\u009B1m\\u0007\\u0000 red \u00e9\n\ttwo\\u007F", Assert.Single(_written.Texts));
    }

    private void Fail(int id, string name, string text, Exception exception) =>
        _logger.Log(LogLevel.Error, new EventId(id, name), text, exception, static (state, _) => state);

    /// <summary>What reaches the console.</summary>
    private sealed class WrittenLog : ILoggerProvider, ILogger
    {
        public List<int> Events { get; } = [];

        public List<string> Texts { get; } = [];

        public int Exceptions { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Events.Add(eventId.Id);
            Texts.Add(formatter(state, exception));
            Exceptions += exception is null ? 0 : 1;
        }

        public void Dispose()
        {
        }
    }
}
