using TasksBus.Server.Hosting;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Commands;

/// <summary>The database that a command of the program works on: the one that a server with the same settings has.</summary>
internal sealed class CommandDatabase : IAsyncDisposable
{
    private CommandDatabase(IModelDatabase model, string name) => (Model, Name) = (model, name);

    public IModelDatabase Model { get; }

    /// <summary>Where it is, without secrets.</summary>
    public string Name { get; }

    /// <summary>As a server reads them: beside the program, then in the working folder, then the environment, then the command line.</summary>
    /// <exception cref="StartException">One is none that somebody reads.</exception>
    public static IConfiguration Settings(string[] arguments)
    {
        var settings = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(arguments)
            .Build();
        SettingCheck.Run(settings);
        return settings;
    }

    /// <summary>Opens it and brings it up to date; where a server runs on SQLite, goes beside that.</summary>
    /// <exception cref="StartException">A setting is not what it should be.</exception>
    public static async Task<CommandDatabase> OpenAsync(IConfiguration settings)
    {
        if (ClusterSettings.Choose(settings) is not { } cluster)
        {
            var path = DataFolder.Prepare(settings.GetSection(TasksBusOptions.Section).Get<TasksBusOptions>()?.DataPath ?? new TasksBusOptions().DataPath);
            return new(SqliteDatabase.OpenForCommand(path), $"the data folder '{path}'");
        }

        PostgresDatabase database = new(cluster.Database);
        try
        {
            await database.MigrateAsync(CancellationToken.None);
            return new(database, database.Name);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Model is IAsyncDisposable server)
        {
            await server.DisposeAsync();
        }

        (Model as IDisposable)?.Dispose();
    }
}
