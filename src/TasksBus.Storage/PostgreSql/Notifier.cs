using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using TasksBus.Dispatch;

namespace TasksBus.Storage.PostgreSql;

/// <summary>
/// Wakes the leader when another process commits. A notification is sent after the commit, in a statement of its own; inside the
/// transactions it would serialize all commits. The first one is sent at once, later ones are combined. A lost notification costs one poll
/// interval.
/// </summary>
internal sealed class Notifier : BackgroundService
{
    private const string Channel = "tasksbus";
    private const string Work = "work";
    private const string Events = "events";
    private const string Schedules = "schedules";
    private const string Bulk = "bulk";

    /// <summary>The functions of the schema for services send this, see <c>inbox-calls.sql</c>.</summary>
    private const string Inbox = "inbox";

    private static readonly (Notifications Notifications, string Word)[] s_words = [
        (Notifications.Work, Work), (Notifications.Events, Events), (Notifications.Schedules, Schedules),
        (Notifications.Bulk, Bulk)];
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_check = TimeSpan.FromSeconds(30);

    private readonly PostgresDatabase _database;
    private readonly Signals _signals;
    private readonly Leadership? _leadership;
    private readonly TimeProvider _clock;
    private readonly ILogger<Notifier> _logger;
    private readonly Signal _tell = new();
    private int _pending;

    /// <param name="leadership">Null when this process never leads and need not listen.</param>
    public Notifier(PostgresDatabase database, Signals signals, Leadership? leadership, TimeProvider clock, ILogger<Notifier> logger)
    {
        (_database, _signals, _leadership, _clock, _logger) = (database, signals, leadership, clock, logger);
        signals.Notify = Notify;
    }

    public override void Dispose()
    {
        _signals.Notify = null;
        _tell.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            UntilStoppedAsync(TellAsync, stoppingToken),
            _leadership is null ? Task.CompletedTask : UntilStoppedAsync(ListenAsync, stoppingToken));

    private void Notify(Notifications notifications)
    {
        // The leader knows already.
        if (_leadership is { IsHeld: true } || notifications == Notifications.None)
        {
            return;
        }

        Interlocked.Or(ref _pending, (int)notifications);
        _tell.Set();
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!await _tell.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken))
            {
                continue;
            }

            var notifications = (Notifications)Interlocked.Exchange(ref _pending, 0);
            await using (var command = _database.Hot.CreateCommand("select pg_notify($1, word) from unnest($2) as word"))
            {
                string[] words = [.. s_words.Where(pair => notifications.HasFlag(pair.Notifications)).Select(static pair => pair.Word)];
                command.Parameters.AddWithValue(Channel);
                command.Parameters.AddWithValue(words);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            await Task.Delay(s_together, _clock, cancellationToken);
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.Leases.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => (notification.Payload switch
        {
            Events => _signals.Events,
            Schedules => _signals.Schedules,
            Bulk => _signals.Bulk,
            Inbox => _signals.Inbox,
            _ => _signals.Dispatch,
        }).Set();
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        // Covers notifications that were sent while this process did not listen.
        _signals.Dispatch.Set();
        _signals.Events.Set();
        _signals.Schedules.Set();
        _signals.Bulk.Set();
        _signals.Inbox.Set();
        while (true)
        {
            if (!await connection.WaitAsync(s_check, cancellationToken))
            {
                // A connection that was cut silently fails only when it is used.
                await using var check = new NpgsqlCommand("select 1", connection);
                await check.ExecuteNonQueryAsync(cancellationToken);
            }
        }
    }

    private async Task UntilStoppedAsync(Func<CancellationToken, Task> run, CancellationToken stoppingToken)
    {
        var backoff = new Backoff(_clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await run(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _logger.WakeUpsFailed(exception);
                await backoff.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
