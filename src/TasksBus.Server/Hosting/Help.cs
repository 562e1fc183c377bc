namespace TasksBus.Server.Hosting;

/// <summary>What <c>--help</c> says.</summary>
internal static class Help
{
    public const string Text =
        """
        TasksBus runs tasks: functions of AWS Lambda or of this machine, at their start time, most urgent first, at most once each.

        Usage: TasksBus.Server [--SETTING=VALUE ...]

          --urls=URL                         where to listen, this machine only (http://localhost:8080)
          --TasksBus:DataPath=FOLDER         the database (./.data)
          --TasksBus:FunctionsPath=FOLDER    local functions, a folder each (./functions)
          --TasksBus:WorkerSlots=N           functions that run at once, 1 to 10000 (20 a core)
          --TasksBus:TaskTimeLimit=TIME      longest run of a function, at most 00:05:00 (00:05:00)
          --TasksBus:DrainTimeout=TIME       how long stopping waits for running functions (00:00:30)
          --TasksBus:WorkerLease=TIME        silence after which a worker counts as dead (00:00:20)
          --TasksBus:Events:0=NAME ...       events to publish (those of final states)
          --TasksBus:Lambda:Region=REGION    run functions in AWS Lambda instead
          --TasksBus:Lambda:Endpoint=URL     run functions at a Lambda-compatible endpoint instead
          --AllowedHosts=NAMES               host names to answer to, joined by ';' (this machine's own)

        Each setting may also stand in appsettings.json in the working folder, or in the environment: TasksBus__WorkerSlots=8.
        """;

    public static bool IsAskedFor(string[] args) => args.Any(static arg => arg is "--help" or "-h" or "-?");
}
