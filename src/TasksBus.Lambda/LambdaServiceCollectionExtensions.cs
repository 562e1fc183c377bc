using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.Functions.Management;
using TasksBus.Settings;

namespace TasksBus.Lambda;

/// <summary>Registers the invocation and the management of functions.</summary>
public static class LambdaServiceCollectionExtensions
{
    /// <summary>
    /// Invokes and manages functions in AWS Lambda or at a Lambda-compatible endpoint. The options are validated at start.
    /// </summary>
    public static OptionsBuilder<LambdaOptions> AddLambdaInvoker(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new LambdaRequests(
            provider.GetRequiredService<IOptions<LambdaOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IFunctionInvoker>(provider => new LambdaInvoker(
            provider.GetRequiredService<IOptions<LambdaOptions>>().Value,
            provider.GetRequiredService<LambdaRequests>(),
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IFunctionManagement>(provider => new LambdaManagement(
            provider.GetRequiredService<IOptions<LambdaOptions>>().Value,
            provider.GetRequiredService<LambdaRequests>(),
            provider.GetRequiredService<TimeProvider>()));
        return services.AddOptions<LambdaOptions>().ValidateSettings(LambdaOptions.Section);
    }
}
