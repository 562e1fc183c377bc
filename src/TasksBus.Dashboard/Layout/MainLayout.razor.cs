using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using MudBlazor;
using TasksBus.Dashboard.Access;
using TasksBus.Dashboard.Hosting;
using TasksBus.Dashboard.Parts;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Layout;

/// <summary>The frame of every page: the menu, the theme, and the check that the visitor may still be here.</summary>
public sealed partial class MainLayout
{
    /// <summary>A page that does nothing learns after this time that its visitor's key or session has ended.</summary>
    private static readonly TimeSpan s_checkEvery = TimeSpan.FromSeconds(10);

    private static readonly (string Path, string Name, string Icon, string Permission)[] s_pages =
    [
        (DashboardPaths.Home, "Overview", Icons.Material.Outlined.SpaceDashboard, Permissions.ViewSystemStatus),
        ("/dashboard/tasks", "Tasks", Icons.Material.Outlined.Checklist, Permissions.ViewTasks),
        ("/dashboard/bulk", "Bulk operations", Icons.Material.Outlined.DynamicFeed, Permissions.ViewTasks),
        ("/dashboard/functions", "Functions", Icons.Material.Outlined.Functions, Permissions.ViewTaskFunctions),
        ("/dashboard/schedules", "Schedules", Icons.Material.Outlined.Schedule, Permissions.ViewTaskSchedules),
        ("/dashboard/requests", "API requests", Icons.Material.Outlined.SwapHoriz, Permissions.ViewApiFunctionRequests),
        ("/dashboard/new", "Schedule a task", Icons.Material.Outlined.AddTask, Permissions.CreateTasks),
    ];

    private readonly CancellationTokenSource _closed = new();
    private DotNetObjectReference<MainLayout>? _self;
    private ErrorBoundary? _boundary;
    private Viewer? _viewer;
    private Caller? _caller;
    private bool _isDark;
    private bool _isOpen = true;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private Visitor Visitor { get; set; } = null!;

    private string Here => Navigation.Uri;

    /// <summary>The browser calls it when the person's preference changes.</summary>
    [JSInvokable]
    public Task ShowThemeAsync(bool isDark) => InvokeAsync(() =>
    {
        _isDark = isDark;
        StateHasChanged();
    });

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
        _self?.Dispose();
    }

    protected override void OnParametersSet() => _boundary?.Recover();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        _viewer = Viewer.Of(await Script.InvokeAsync<string?>("tasksbus.zone"));
        _isDark = await Script.InvokeAsync<bool>("tasksbus.isDark");
        _self = DotNetObjectReference.Create(this);
        await Script.InvokeVoidAsync("tasksbus.watchSystem", _self);
        _ = WatchAsync(_closed.Token);
    }

    private async Task WatchAsync(CancellationToken closed)
    {
        using PeriodicTimer timer = new(s_checkEvery, Time);
        try
        {
            do
            {
                await InvokeAsync(() => CheckAsync(closed));
            }
            while (await timer.WaitForNextTickAsync(closed));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The page is gone.
        }
    }

    private async Task CheckAsync(CancellationToken closed)
    {
        try
        {
            _caller = await Visitor.CallerAsync(closed);
            StateHasChanged();
        }
        catch (SignedOutException)
        {
            Navigation.NavigateTo(DashboardPaths.SignInFor($"/{Navigation.ToBaseRelativePath(Navigation.Uri)}"), forceLoad: true);
        }
        catch (StoreUnavailableException)
        {
            // The next check decides. Until then the visitor's operations fail too.
        }
    }

    private async Task SwitchThemeAsync()
    {
        _isDark = !_isDark;
        await Script.InvokeVoidAsync("tasksbus.setDark", _isDark);
    }

    private async Task FocusContentAsync() => await Script.InvokeVoidAsync("tasksbus.focus", "content");

    private void Recover() => _boundary?.Recover();
}
