namespace TasksBus.LocalLambda.Http;

/// <summary>
/// Hosts ASP.NET Core inside another program's process. It handles no signals, and of its own messages it passes on only warnings and
/// errors.
/// </summary>
internal static class GuestHost
{
    public static void BeGuest(this WebApplicationBuilder builder, ILoggerFactory loggers)
    {
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // a failed start is thrown as well
            .AddProvider(new Forward(loggers));
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Forward(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
            // The host owns the factory.
        }
    }
}
