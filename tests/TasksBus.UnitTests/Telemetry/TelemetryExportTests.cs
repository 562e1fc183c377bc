using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using TasksBus.Server.Telemetry;
using TasksBus.Service.Hosting;
using TasksBus.Telemetry;
using Xunit;

namespace TasksBus.UnitTests.Telemetry;

/// <summary>What is sent where, as the standard variables say. Who records spans here would record those of other tests too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Collection(Name)]
public sealed class TelemetryExportTests : IAsyncLifetime
{
    private const string Name = "Telemetry is sent";

    private readonly ConcurrentQueue<string> _arrived = [];
    private WebApplication _collector = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _collector = builder.Build();
        _collector.Urls.Add("http://127.0.0.1:0");
        _collector.Run(context =>
        {
            _arrived.Enqueue($"{context.Request.Path} {context.Request.Headers["x-from"]}".Trim());
            return Task.CompletedTask;
        });
        await _collector.StartAsync();
    }

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Theory]
    [InlineData("", "")]
    [InlineData("ENDPOINT", "METRICS TRACES LOGS")]
    [InlineData("ENDPOINT; DISABLED=true", "")]
    [InlineData("ENDPOINT; DISABLED=", "METRICS TRACES LOGS")]
    [InlineData("ENDPOINT; METRICS_EXPORTER=none; LOGS_EXPORTER= none ", "TRACES")]
    [InlineData("ENDPOINT; METRICS_EXPORTER=; TRACES_EXPORTER=otlp; LOGS_EXPORTER=otlp,otlp", "METRICS TRACES LOGS")]
    [InlineData("ENDPOINT=; TRACES_ENDPOINT", "TRACES")]
    [InlineData("TRACES_ENDPOINT; METRICS_ENDPOINT=", "TRACES")]
    public void An_empty_variable_counts_as_not_set_and_a_list_is_a_list(string variables, string sent)
    {
        using var host = Build(variables);

        List<string> signals =
        [
            .. host.Services.GetService<MeterProvider>() is null ? [] : new[] { "METRICS" },
            .. host.Services.GetService<TracerProvider>() is null ? [] : new[] { "TRACES" },
            .. host.Services.GetService<LoggerProvider>() is null ? [] : new[] { "LOGS" },
        ];
        Assert.Equal(sent, string.Join(' ', signals));
    }

    [Theory]
    [InlineData("TRACES_EXPORTER=otlp,console", "OTEL_TRACES_EXPORTER is otlp,console; it must be otlp or none, for the server has")]
    [InlineData("METRICS_EXPORTER=prometheus", "OTEL_METRICS_EXPORTER is prometheus; it must be otlp or none")]
    [InlineData("LOGS_EXPORTER=none,otlp", "OTEL_LOGS_EXPORTER is none,otlp; it must be otlp or none")]
    [InlineData("TRACES_ENDPOINT=collector", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is collector; it must be an address")]
    [InlineData("ENDPOINT; LOGS_PROTOCOL=smoke", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL is smoke; it must be grpc or http/protobuf.")]
    [InlineData("ENDPOINT; LOGS_TIMEOUT=1s", "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT is 1s; it must be a whole number of milliseconds.")]
    public void What_cannot_be_is_told_before_the_server_starts(string variables, string message) =>
        Assert.StartsWith(message, Assert.Throws<StartException>(() => Build(variables)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ENDPOINT; PROTOCOL=http/protobuf; HEADERS=x-from=all", "/v1/traces all")]
    [InlineData("ENDPOINT=; PROTOCOL=http/protobuf; TRACES_ENDPOINT", "/own")]
    [InlineData("ENDPOINT=http://127.0.0.1:9; TRACES_ENDPOINT; TRACES_PROTOCOL=http/protobuf; TRACES_HEADERS=x-from=one", "/own one")]
    public void A_variable_of_one_signal_wins_over_that_of_all(string variables, string expected)
    {
        using var host = Build($"{variables}; METRICS_EXPORTER=none; LOGS_EXPORTER=none");
        var traces = host.Services.GetRequiredService<TracerProvider>();

        Assert.True(IsRecorded(parent: null));
        Assert.True(traces.ForceFlush(10_000));

        Assert.Contains(expected, _arrived);
    }

    [Theory]
    [InlineData("", true, true, false)]
    [InlineData("SAMPLER=parentbased_always_on", true, true, false)]
    [InlineData("SAMPLER=always_on", true, true, true)]
    [InlineData("SAMPLER=always_off", false, false, false)]
    [InlineData("SAMPLER=parentbased_always_off", false, true, false)]
    [InlineData("SAMPLER=traceidratio; SAMPLER_ARG=0", false, false, false)]
    [InlineData("SAMPLER=parentbased_traceidratio; SAMPLER_ARG=0", false, true, false)]
    [InlineData("SAMPLER=parentbased_traceidratio; SAMPLER_ARG=1", true, true, false)]
    [InlineData("SAMPLER=nonsense", true, true, false)]
    public void The_sampler_decides_which_traces_are_recorded(string variables, bool begun, bool ofSampled, bool ofUnsampled)
    {
        using var host = Build($"ENDPOINT=http://127.0.0.1:9; {variables}; METRICS_EXPORTER=none; LOGS_EXPORTER=none");
        _ = host.Services.GetRequiredService<TracerProvider>();

        Assert.Equal(
            (begun, ofSampled, ofUnsampled),
            (IsRecorded(parent: null), IsRecorded(ActivityTraceFlags.Recorded), IsRecorded(ActivityTraceFlags.None)));
    }

    /// <summary>Starts a span of ours, in a new trace or in one that another service began.</summary>
    private static bool IsRecorded(ActivityTraceFlags? parent)
    {
        using ActivitySource source = new(TaskTraces.SourceName);
        ActivityContext context = parent is { } flags
            ? new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, isRemote: true) : default;
        using var span = source.StartActivity("span", ActivityKind.Consumer, context);
        return span is { Recorded: true };
    }

    /// <param name="variables">Their names are short: the endpoint is that of the collector if none is given.</param>
    private IHost Build(string variables)
    {
        var url = _collector.Urls.Single();
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(variable =>
        {
            var parts = variable.Split('=', 2);
            var name = parts[0].Trim();
            return KeyValuePair.Create(FullName(name), parts.Length > 1 ? parts[1] : name == "ENDPOINT" ? url : $"{url}/own");
        })!);
        TelemetryExport.Read(builder.Configuration).AddTo(builder);
        return builder.Build();
    }

    private static string FullName(string name) => name switch
    {
        "DISABLED" => "OTEL_SDK_DISABLED",
        "SAMPLER" or "SAMPLER_ARG" => $"OTEL_TRACES_{name}",
        _ => name.EndsWith("_EXPORTER", StringComparison.Ordinal) ? $"OTEL_{name}" : $"OTEL_EXPORTER_OTLP_{name}",
    };
}
