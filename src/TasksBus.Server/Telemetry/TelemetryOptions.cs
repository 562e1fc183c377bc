using TasksBus.Settings;

namespace TasksBus.Server.Telemetry;

/// <summary>What this process tells of itself, from the section <c>TasksBus</c>.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>
    /// True to answer <c>/metrics</c> in the text format of Prometheus. Where callers must be known, it needs the permission
    /// <c>VIEW_SYSTEM_STATUS</c>. Default: false.
    /// </summary>
    [Setting("answer /metrics in the text format of Prometheus")]
    public bool Metrics { get; set; }
}
