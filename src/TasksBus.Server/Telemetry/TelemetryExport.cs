using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.Authentication;
using TasksBus.Telemetry;

namespace TasksBus.Server.Telemetry;

/// <summary>
/// Sends metrics, traces and logs where the standard variables <c>OTEL_EXPORTER_OTLP_...</c> say, and answers <c>/metrics</c> where
/// <see cref="TelemetryOptions.Metrics"/> is set. Without both, nothing of OpenTelemetry runs.
/// </summary>
internal sealed class TelemetryExport
{
    private const string Path = "/metrics";

    private static readonly string[] s_meters =
        [TaskMetrics.MeterName, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private readonly bool _answersMetrics;
    private readonly Signal? _metrics;
    private readonly Signal? _traces;
    private readonly Signal? _logs;

    private TelemetryExport(IConfiguration configuration)
    {
        _answersMetrics = SettingReader.Read<TelemetryOptions>(configuration, TasksBusOptions.Section).Metrics;
        var isDisabled = string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);
        _metrics = Sent("METRICS");
        _traces = Sent("TRACES");
        _logs = Sent("LOGS");

        Signal? Sent(string name) => !isDisabled && Signal.Read(configuration, name) is { IsSent: true } signal ? signal : null;
    }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartException">A setting is not valid.</exception>
    public static TelemetryExport Read(IConfiguration configuration) => new(configuration);

    /// <summary>Refuses a process that is to answer <c>/metrics</c> and does not listen.</summary>
    /// <exception cref="StartException">It is such a process.</exception>
    public void RequireNoAnswers()
    {
        if (_answersMetrics)
        {
            throw new StartException(
                "TasksBus:Metrics is true, but a process without the role api listens only where it is told to. Set --urls "
                    + "http://localhost:9090, or send the metrics with OTEL_EXPORTER_OTLP_ENDPOINT.");
        }
    }

    /// <summary>Adds what sends and answers.</summary>
    public void AddTo(IHostApplicationBuilder builder)
    {
        if (!_answersMetrics && (_metrics ?? _traces ?? _logs) is null)
        {
            return;
        }

        // The variables come last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(static resource => resource
            .AddService("tasksbus", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version!.ToString(3))
            .AddEnvironmentVariableDetector());
        if (_answersMetrics || _metrics is not null)
        {
            telemetry.WithMetrics(AddMetrics);
        }

        if (_traces is { } sent)
        {
            telemetry.WithTracing(traces => traces
                .AddSource(TaskTraces.SourceName)
                .AddAspNetCoreInstrumentation(static requests => requests.Filter = static context => !IsProbe(context.Request.Path))
                .AddOtlpExporter(sent.Configure));
        }

        if (_logs is { } written)
        {
            telemetry.WithLogging(logs => logs.AddOtlpExporter(written.Configure));
        }
    }

    /// <summary>Maps <c>/metrics</c>, if it is to be answered.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        if (_answersMetrics)
        {
            // An outage of the database is when the metrics are needed.
            app.MapPrometheusScrapingEndpoint(Path).RequirePermission(Permissions.ViewSystemStatus).WithMetadata(new LastKnownKeys());
        }
    }

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path == Path;

    private void AddMetrics(MeterProviderBuilder metrics)
    {
        metrics.AddMeter(s_meters);
        if (_answersMetrics)
        {
            metrics.AddPrometheusExporter();
        }

        if (_metrics is { } measured)
        {
            metrics.AddOtlpExporter(measured.Configure);
        }
    }
}
