using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Settings;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Commands;

/// <summary>The database that a command of the program works on. It is the database of a server with the same settings.</summary>
internal sealed class CommandDatabase : IAsyncDisposable
{
    private readonly IAsyncDisposable _database;

    private CommandDatabase(IAsyncDisposable database, ApiKeyStore apiKeys, string name) =>
        (_database, ApiKeys, Name) = (database, apiKeys, name);

    public ApiKeyStore ApiKeys { get; }

    /// <summary>The database's address, without secrets.</summary>
    public string Name { get; }

    /// <summary>
    /// Reads the settings as a server does: beside the program, then in the working folder, then the environment, then the command line.
    /// </summary>
    /// <exception cref="StartException">Nobody reads one of the settings.</exception>
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

    /// <summary>Opens the database and brings it up to date. If a server runs on SQLite, the command works beside it.</summary>
    /// <exception cref="StartException">A setting is not valid.</exception>
    public static async Task<CommandDatabase> OpenAsync(IConfiguration settings)
    {
        if (ClusterSettings.Choose(settings) is not { } cluster)
        {
            var path = DataFolder.Prepare(
                settings.GetSection(TasksBusOptions.Section).Get<TasksBusOptions>()?.DataPath ?? new TasksBusOptions().DataPath);
            var file = SqliteDatabase.OpenForCommand(path);
            return new(file, file.ApiKeys, $"the data folder '{path}'");
        }

        PostgresDatabase database = new(cluster.Database, sqlSchema: SchemaIn(settings));
        try
        {
            await database.MigrateAsync(CancellationToken.None);
            return new(database, database.ApiKeys, database.Name);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>The schema by which services schedule tasks.</summary>
    /// <exception cref="StartException">No schema can have that name.</exception>
    public static string SchemaIn(IConfiguration settings)
    {
        var schema = (settings.GetSection(TasksBusOptions.Section).Get<TasksBusOptions>() ?? new()).SqlSchema;
        return TasksBusOptions.IsSqlSchema(schema) ? schema
            : throw new StartException(
                SettingFaults.Fault<TasksBusOptions>(TasksBusOptions.Section, nameof(TasksBusOptions.SqlSchema), schema).ErrorMessage!);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
