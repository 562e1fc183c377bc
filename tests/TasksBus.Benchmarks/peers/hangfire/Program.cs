using Hangfire;
using Npgsql;
using TasksBus.Benchmarks.Hangfire;

// Measures Hangfire with the load that the command line names, and prints one line of JSON, as the peers in Node.js do.
if (Arguments.Parse(args) is not { } arguments)
{
    return 2;
}

try
{
    var result = await MeasureAsync(arguments) with { Version = typeof(JobStorage).Assembly.GetName().Version!.ToString(3) };
    Console.WriteLine(result.ToJson());
    return 0;
}
catch (NpgsqlException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static async Task<Result> MeasureAsync(Arguments arguments)
{
    if (arguments.Load == "bulk")
    {
        return new(arguments.Load) { NotAvailable = "Hangfire has no call that enqueues many jobs" };
    }

    using var database = FreshDatabase.Create(arguments.Connection);
    return await new Loads(arguments, database).RunAsync() with { Settings = Loads.Settings };
}
