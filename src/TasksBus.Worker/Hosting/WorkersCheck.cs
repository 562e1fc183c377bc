using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TasksBus.Worker.Hosting;

/// <summary>Says whether the workers of this process take tasks.</summary>
internal sealed class WorkersCheck(WorkersService workers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var troubles = workers.Troubles.ToList();
        return Task.FromResult(troubles.Count == 0
            ? HealthCheckResult.Healthy("The worker takes tasks.")
            : new(context.Registration.FailureStatus, string.Join(" ", troubles)));
    }
}
