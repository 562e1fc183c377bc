using TasksBus.Service.Hosting;
using TasksBus.Settings;
using TasksBus.Worker.Hosting;

namespace TasksBus.AspNetCore.Hosting;

/// <summary>What TasksBus needs to start in an application.</summary>
/// <param name="Cluster">Null when it runs alone.</param>
internal sealed record EmbeddedSettings(ClusterSettings? Cluster, TasksBusOptions Options, Roles Roles)
{
    private const UnixFileMode OfThisUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <exception cref="StartException">A setting is missing or not valid.</exception>
    public static EmbeddedSettings Read(TasksBusBuilder tasks, IServiceProvider application)
    {
        var configuration = application.GetRequiredService<IConfiguration>();
        var cluster = ClusterSettings.Choose(
            tasks.Database ?? configuration.GetConnectionString("tasksbus"), tasks.Broker ?? configuration.GetConnectionString("rabbitmq"));
        var environment = application.GetRequiredService<IHostEnvironment>();
        var options = OptionsOf(tasks, configuration);
        options.Pool = tasks.Pool ?? configuration[$"{TasksBusOptions.Section}:{nameof(TasksBusOptions.Pool)}"]
            ?? (cluster is null ? options.Pool : WorkerSettings.PoolOf(environment.ApplicationName));
        options.DataPath = Path.GetFullPath(options.DataPath, environment.ContentRootPath);
        var faults = SettingFaults.Of(options, TasksBusOptions.Section).ToList();
        if (faults.Count > 0)
        {
            throw new StartException(string.Join(" ", faults));
        }

        var roles = cluster is null ? Roles.All : options.ParseRoles()!.Value;
        CheckFunctions(tasks, configuration, roles);
        return new(cluster, options, roles);
    }

    /// <summary>Lets the host wait as long as the drain takes.</summary>
    public static void MakeTimeToDrain(HostOptions host, IServiceProvider application)
    {
        if (application.GetService<NoWorkers>() is null)
        {
            WorkerSettings.MakeTime(host, OptionsOf(
                application.GetRequiredService<TasksBusBuilder>(), application.GetRequiredService<IConfiguration>()));
        }
    }

    /// <summary>Makes a folder that only this user may enter. Returns its full path.</summary>
    /// <exception cref="StartException">The folder cannot be made, or others may enter it.</exception>
    public static string PrepareFolder(string path)
    {
        try
        {
            _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, OfThisUser);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The data folder '{path}' cannot be used: {exception.Message} Choose another with DataPath.", exception);
        }

        return OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & ~OfThisUser) == 0 ? path
            : throw new StartException(
                $"Others may enter the data folder '{path}': close it with chmod 700, or choose another with DataPath.");
    }

    private static TasksBusOptions OptionsOf(TasksBusBuilder tasks, IConfiguration configuration)
    {
        var options = SettingReader.Read<TasksBusOptions>(configuration, TasksBusOptions.Section);
        options.DataPath = tasks.DataPath ?? options.DataPath;
        options.WorkerSlots = tasks.Slots ?? options.WorkerSlots;
        tasks.Settings?.Invoke(options);
        return options;
    }

    private static void CheckFunctions(TasksBusBuilder tasks, IConfiguration configuration, Roles roles)
    {
        var (hasFunctions, isLambdaSet) = (tasks.Names.Count > 0, configuration.IsLambdaSet());
        if (hasFunctions && isLambdaSet)
        {
            throw new StartException(
                "AddTasksBus has functions, and TasksBus:Lambda says that AWS Lambda has them. One process runs functions of one kind: "
                    + "leave out the one or the other. In a cluster, other processes may run the other kind in a pool of their own.");
        }

        if (!roles.HasFlag(Roles.Worker) && hasFunctions)
        {
            throw new StartException(
                "AddTasksBus has functions, and TasksBus:Roles leaves out the worker that would run them. Add the role, or leave out the "
                    + "functions.");
        }

        if (roles.HasFlag(Roles.Worker) && !hasFunctions && !isLambdaSet)
        {
            throw new StartException(
                "Where do the functions run? Add some with AddTasksBus(tasks => tasks.AddFunction(...)), or set TasksBus:Lambda:Region for "
                    + "AWS Lambda, or TasksBus:Lambda:Endpoint for an endpoint that is compatible with it.");
        }
    }
}
