using System.Diagnostics;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MudBlazor;
using MudBlazor.Services;
using TasksBus.Dashboard.Access;
using TasksBus.Dashboard.Parts;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;

namespace TasksBus.Dashboard.Hosting;

/// <summary>What the dashboard needs: parts of the server, the operations that the HTTP API has too, and Blazor.</summary>
internal static class DashboardServices
{
    /// <summary>The longest text that a page may send, <see cref="TaskFields.MaxData"/>, with room for its encoding.</summary>
    private const long MaxMessageBytes = (4 * TaskFields.MaxData) + 65_536;

    public static IServiceCollection Of(IServiceProvider server)
    {
        ServiceCollection services = [];
        void Share<T>()
            where T : class => services.AddSingleton(server.GetRequiredService<T>());

        Share<IConfiguration>();
        Share<IHostEnvironment>();
        Share<IWebHostEnvironment>();
        Share<IHostApplicationLifetime>();
        Share<ILoggerFactory>();
        Share<DiagnosticListener>();
        Share<DiagnosticSource>();
        Share<TimeProvider>();
        Share<IDataProtectionProvider>();
        Share<SignIns>();
        if (server.GetRequiredService<SignIns>().Provider is { } provider)
        {
            services.AddProviderSignIn(provider);
        }

        foreach (var operations in OperationsSetup.Types)
        {
            services.AddSingleton(operations, server.GetRequiredService(operations));
        }

        services.AddLogging().AddMetrics().AddRouting();
        services.AddRazorComponents().AddInteractiveServerComponents(static options =>
        {
            // A page whose connection is lost can be made again from its address, so it is not kept long.
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
        }).AddHubOptions(static options => options.MaximumReceiveMessageSize = MaxMessageBytes);
        services.AddMudServices(static mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            (mud.SnackbarConfiguration.ShowTransitionDuration, mud.SnackbarConfiguration.HideTransitionDuration) = (0, 0);
        });
        services.AddAntiforgery(static options =>
        {
            options.Cookie.Name = "tasksbus-dashboard-form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;
        });
        services.AddSingleton<SignInTickets>();
        services.AddScoped<Visitor>();
        services.AddScoped<AuthenticationStateProvider>(static provider => provider.GetRequiredService<Visitor>());
        return services;
    }
}
