using System.Globalization;
using OpenTelemetry.Exporter;
using TasksBus.Service.Hosting;

namespace TasksBus.Server.Telemetry;

/// <summary>
/// Whether and how metrics, traces or logs are sent, as the standard variables say. By OpenTelemetry's specification an empty variable
/// counts as not set, and a variable of one signal wins over that of all. The exporter itself reads those of all signals only.
/// </summary>
internal sealed class Signal
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    private readonly IConfiguration _configuration;
    private readonly string _own;

    private Signal(IConfiguration configuration, string name)
    {
        (_configuration, _own) = (configuration, $"{Prefix}{name}_");
        IsSent = Exports($"OTEL_{name}_EXPORTER") && (Own("ENDPOINT") ?? Value($"{Prefix}ENDPOINT")) is not null;
        if (IsSent)
        {
            Configure(new());
        }
    }

    /// <summary>True when the signal is sent.</summary>
    public bool IsSent { get; }

    /// <param name="name">The signal in the names of the variables: <c>METRICS</c>, <c>TRACES</c> or <c>LOGS</c>.</param>
    /// <exception cref="StartException">A variable is not valid.</exception>
    public static Signal Read(IConfiguration configuration, string name) => new(configuration, name);

    /// <summary>Sets what the signal has of its own.</summary>
    public void Configure(OtlpExporterOptions options)
    {
        if (Own("ENDPOINT") is { } endpoint)
        {
            options.Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var address) ? address
                : throw Fault($"{_own}ENDPOINT", "an address, such as http://collector:4317");
        }

        if (Own("PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol switch
            {
                "grpc" => OtlpExportProtocol.Grpc,
                "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
                _ => throw Fault($"{_own}PROTOCOL", "grpc or http/protobuf"),
            };
        }

        if (Own("TIMEOUT") is { } timeout)
        {
            options.TimeoutMilliseconds = int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? milliseconds : throw Fault($"{_own}TIMEOUT", "a whole number of milliseconds");
        }

        options.Headers = Own("HEADERS") ?? options.Headers;
    }

    private bool Exports(string variable)
    {
        var exporters = (Value(variable) ?? "otlp").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (exporters is ["none"])
        {
            return false;
        }

        return exporters.All(static exporter => exporter == "otlp") ? true : throw Fault(
            variable, "otlp or none, for the server has no other exporter. TasksBus:Metrics=true answers Prometheus, and "
                + "Logging:Console:FormatterName=json writes logs as JSON");
    }

    private string? Own(string name) => Value(_own + name);

    private string? Value(string variable) => _configuration[variable] is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

    private StartException Fault(string variable, string expected) =>
        new($"{variable} is {_configuration[variable]}; it must be {expected}.");
}
