using Microsoft.Extensions.DependencyInjection;
using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

internal static class Watching
{
    /// <summary>Puts a test's double before a part of the real store.</summary>
    /// <param name="watch">Makes the double.</param>
    public static IServiceCollection Watch<TPart, TDouble>(this IServiceCollection services, Func<TPart, TDouble> watch)
        where TPart : class
        where TDouble : class, TPart
    {
        services.AddSingleton(provider => watch((TPart)provider.GetRequiredService<ITaskStore>()));
        return services.AddSingleton<TPart>(static provider => provider.GetRequiredService<TDouble>());
    }
}
