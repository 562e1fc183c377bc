using System.Security.Claims;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TasksBus.Contracts;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.ApiFunctions;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Settings;

namespace TasksBus.Service.Http;

/// <summary>The HTTP API of a process: who may call, from where, and what there is to call.</summary>
public sealed class HttpApi
{
    /// <summary>A query is in the request line, and a long one should get an answer too.</summary>
    private const int MaxRequestLineSize = 128 * 1024;

    private readonly string? _allowedHosts;
    private readonly AuthenticationSettings _authentication;
    private readonly CrossOrigin _origins;
    private readonly IReadOnlyList<string> _proxies;
    private readonly FunctionPages _pages;

    private HttpApi(IConfiguration configuration, TasksBusOptions options, string? allowedHosts)
    {
        _allowedHosts = allowedHosts;
        _authentication = AuthenticationSettings.Read(configuration);
        _origins = CrossOrigin.Read(configuration, _authentication.IsRequired);
        _proxies = SettingReader.Read<CallerOptions>(configuration, TasksBusOptions.Section).TrustedProxies;
        _pages = new(options.FunctionsHost);
    }

    /// <summary>The settings of the API.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        .. Setting.Of<ApiKeyOptions>($"{ApiKeySettings.Section}:0"),
        // The reader of this section checks each field, and repeats nothing of a key that somebody put in the wrong place.
        new(ApiKeySettings.Section) { IsOpen = true },
        .. Setting.Of<JwtOptions>(JwtOptions.Section),
        .. Setting.Of<SignInOptions>(SignInOptions.Section),
        .. Setting.Of<GroupOptions>($"{PermissionGroups.Section}:0"),
        .. Setting.Of<CallerOptions>(TasksBusOptions.Section),
        .. Setting.Of<CorsOptions>(CorsOptions.Section),
    ];

    /// <summary>True when the settings say that every caller needs an API key or a token.</summary>
    public bool IsClosed => _authentication.IsRequired;

    /// <summary>What a caller sends as <c>Authorization: Bearer ...</c>, as a placeholder in examples.</summary>
    public string Credential => _authentication.Word;

    /// <summary>Returns true when the settings say that every caller needs an API key or a token.</summary>
    /// <exception cref="StartException">A setting is not valid.</exception>
    public static bool IsClosedBy(IConfiguration configuration) => AuthenticationSettings.Read(configuration).IsRequired;

    /// <summary>Reads the settings of the API.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="options">Those of the engine.</param>
    /// <param name="allowedHosts">The host names to answer to, joined by ';'. Null means this machine's own names, or any name when every
    /// caller needs a key or a token.</param>
    /// <exception cref="StartException">A setting is not valid.</exception>
    public static HttpApi Read(IConfiguration configuration, TasksBusOptions options, string? allowedHosts)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(configuration, options, allowedHosts);
    }

    /// <summary>Sets the limits of requests and answers on the web server.</summary>
    public static void Limit(KestrelServerLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.MaxRequestLineSize = MaxRequestLineSize;
        BodyLimits.Set(limits);
    }

    /// <summary>Adds what the API needs beside the engine.</summary>
    public void AddTo(IServiceCollection services)
    {
        _authentication.AddTo(services);
        services.AddBrowserGuard(_allowedHosts, IsClosed, _pages);
        services.AddSingleton(_pages);
        services.AddCors();
        services.AddOpenApiDocument();
        services.AddSingleton<BodyFields>();
        services.AddSingleton<EndWatch>();
    }

    /// <summary>
    /// Admits the caller of a request whom the application around the API knows. No key or token is then asked for.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="user">The user as the application knows them.</param>
    /// <param name="permissions">The names of the user's permissions, or <c>*</c> for all.</param>
    public static void Admit(HttpContext context, ClaimsPrincipal user, IReadOnlyCollection<string> permissions)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(user);
        var name = user.Identity?.Name;
        var id = user.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? user.FindFirst("sub")?.Value ?? name;
        context.Features.Set(new Caller(name ?? id ?? "application", ApplicationId: null, id is null ? null : Caller.IdOf("user", id))
        {
            Allowed = ApiKeySettings.Expand(permissions),
        });
    }

    /// <summary>Answers a request with an error in the API's form.</summary>
    public static Task Refuse(HttpContext context, ErrorCode code, string message) =>
        ApiErrors.Result(code, message).ExecuteAsync(context);

    /// <summary>
    /// Builds what handles a request inside another application, which has no server of its own. The container must have what
    /// <see cref="AddTo"/> and the engine add.
    /// </summary>
    public RequestDelegate Build(IServiceProvider services, Roles roles)
    {
        ApplicationBuilder app = new(services);
        Action<IApplicationBuilder> configure = inner =>
        {
            // Pages of other sites reach an open API by a host name that points here. Whom the application admits comes by its own name.
            inner.UseWhen(static context => context.Features.Get<Caller>() is null, static open => open.UseHostFiltering());
            inner.UseRouting();
            Use(inner);
            inner.UseEndpoints(endpoints => Map(endpoints, roles));
        };
        foreach (var filter in services.GetServices<IStartupFilter>().Reverse())
        {
            configure = filter.Configure(configure);
        }

        configure(app);
        var pipeline = app.Build();
        return context =>
        {
            BodyLimits.Set(context);
            return pipeline(context);
        };
    }

    /// <summary>Adds what happens to a request before it reaches an endpoint.</summary>
    /// <param name="app">The application.</param>
    /// <param name="pages">Adds pages for people, which are no part of the API. They guard themselves. Null when there are none.</param>
    public void Use(IApplicationBuilder app, Action<IApplicationBuilder>? pages = null)
    {
        app.UseApiErrors();
        app.UseTrustedProxies(_proxies);
        app.UsePassedHost();
        if (pages is not null)
        {
            app.UseWhen(context => !_pages.IsOwn(context.Request), pages);
        }

        app.UseBrowserGuard(_origins);
        _pages.Use(app);
        app.UseAccessControl();
    }

    /// <summary>Maps the endpoints of a process with these roles.</summary>
    public static void Map(IEndpointRouteBuilder app, Roles roles)
    {
        var paths = app.MapWithHead();
        paths.MapHealth(roles);
        if (roles.HasFlag(Roles.Api))
        {
            paths.MapTasks();
            paths.MapBulkOperations();
            paths.MapFunctions();
            paths.MapSchedules();
            paths.MapDispatchers();
            paths.MapEvents();
            paths.MapStatus();
            paths.MapHistory();
            paths.MapExecute();
            paths.MapApiFunctions();
            paths.MapApiRequests();
            paths.MapOpenApiDocument();
        }
    }
}
