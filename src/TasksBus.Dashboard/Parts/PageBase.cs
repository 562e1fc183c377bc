using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Logging;
using MudBlazor;
using TasksBus.Dashboard.Access;
using TasksBus.Dashboard.Hosting;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Parts;

/// <summary>A page that shows what is stored, reads it again from time to time, and says what went wrong.</summary>
public abstract partial class PageBase : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationToken _closing;
    private bool _isReading;

    protected PageBase() => _closing = _closed.Token;

    /// <summary>What is wrong now, for people. Null when the page shows what there is.</summary>
    protected string? Trouble { get; private set; }

    /// <summary>The visitor with the permissions of the last look. Null before the first one.</summary>
    protected Caller? Caller { get; private set; }

    /// <summary>True once the page has something to show.</summary>
    protected bool IsRead { get; private set; }

    [CascadingParameter]
    protected Viewer Viewer { get; set; } = Viewer.InUtc;

    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    [Inject]
    protected ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private Visitor Visitor { get; set; } = null!;

    [Inject]
    private ILoggerFactory Logging { get; set; } = null!;

    /// <summary>How often the page reads again. Null when it does not.</summary>
    protected virtual TimeSpan? Every => null;

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task ReadAsync(Caller caller, CancellationToken cancellationToken);

    protected bool May(string permission) => Caller?.May(permission) == true;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _closed.Cancel();
            _closed.Dispose();
        }
    }

    protected override Task OnParametersSetAsync() => ReadAgainAsync();

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender && Every is { } every)
        {
            _ = KeepReadingAsync(every, _closing);
        }
    }

    protected async Task ReadAgainAsync()
    {
        _isReading = true;
        IsRead |= await TryAsync(caller => ReadAsync(caller, _closing));
        _isReading = false;
    }

    /// <summary>Does something as the visitor, and says what went wrong.</summary>
    /// <param name="done">What to say when it is done. Null says nothing.</param>
    /// <returns>True when it is done.</returns>
    protected async Task<bool> TryAsync(Func<Caller, Task> act, string? done = null)
    {
        ArgumentNullException.ThrowIfNull(act);
        try
        {
            Caller = await Visitor.CallerAsync(_closing);
            await act(Caller);
            Trouble = null;
            if (done is not null)
            {
                Snackbar.Add(done, Severity.Success);
            }

            return true;
        }
        catch (SignedOutException)
        {
            Navigation.NavigateTo(DashboardPaths.SignInFor($"/{Navigation.ToBaseRelativePath(Navigation.Uri)}"), forceLoad: true);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The page is gone.
        }
        catch (Exception exception) when (MessageOf(exception) is { } message)
        {
            Trouble = message;
        }

        return false;
    }

    /// <summary>The same, where the page goes on to show what it shows, and the message passes.</summary>
    protected async Task<bool> ActAsync(Func<Caller, Task> act, string done)
    {
        var before = Trouble;
        if (await TryAsync(act, done))
        {
            await ReadAgainAsync();
            return true;
        }

        if (Trouble is { } message)
        {
            Snackbar.Add(message, Severity.Error);
            Trouble = before;
        }

        return false;
    }

    private string? MessageOf(Exception exception)
    {
        switch (exception)
        {
            case CommandRefusedException { Refusal: var refusal }:
                return refusal.Reason is { } reason && May(Permissions.ViewTaskFunctionDetails)
                    ? $"{reason} {refusal.Message}" : refusal.Message;
            case QueryTooSlowException or IntakeFullException:
                return exception.Message;
            case StoreUnavailableException or CommitOutcomeUnknownException:
                return _isReading ? "The database cannot be reached now. This page tries again by itself."
                    : "The database did not confirm it, so it may be done or not. Look before you try again.";
            default:
                LogFault(Logging.CreateLogger(GetType()), exception);
                return "The server failed; its log says why.";
        }
    }

    private async Task KeepReadingAsync(TimeSpan every, CancellationToken closed)
    {
        using PeriodicTimer timer = new(every, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(closed))
            {
                await InvokeAsync(async () =>
                {
                    if (!_isReading && !closed.IsCancellationRequested)
                    {
                        await ReadAgainAsync();
                        StateHasChanged();
                    }
                });
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The page is gone.
        }
    }

    [LoggerMessage(531, LogLevel.Error, "A page of the dashboard failed unexpectedly")]
    private static partial void LogFault(ILogger logger, Exception exception);
}
