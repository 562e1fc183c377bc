using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TasksBus.AspNetCore.Hosting;

/// <summary>Says whether TasksBus does its work in this process.</summary>
internal sealed class EmbeddedCheck(EmbeddedService service) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(service.Trouble is { } trouble
            ? new HealthCheckResult(context.Registration.FailureStatus, trouble) : HealthCheckResult.Healthy("TasksBus takes tasks."));
}
