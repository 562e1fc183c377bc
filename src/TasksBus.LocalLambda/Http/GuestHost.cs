namespace TasksBus.LocalLambda.Http;

/// <summary>
/// Lets ASP.NET Core be a guest in somebody else's process: it takes over no signals, and of its own messages it passes
/// on warnings and errors only.
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
            // The factory is the host's.
        }
    }
}
