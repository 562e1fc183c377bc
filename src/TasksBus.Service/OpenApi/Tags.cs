namespace TasksBus.Service.OpenApi;

/// <summary>The groups of operations, in the order of the document.</summary>
internal static class Tags
{
    public const string Health = "health";
    public const string Tasks = "tasks";
    public const string Functions = "functions";
    public const string Execution = "execution";
    public const string Schedules = "schedules";
    public const string Dispatchers = "dispatchers";
    public const string Events = "events";
    public const string Status = "status";

    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        (Tasks, "A task is one run of a function with its input. It starts at its start time, most urgent first, and is run at most once."),
        (Schedules, "A schedule makes one task at each of its ticks: every so many seconds, or by the clocks of a time zone."),
        (Dispatchers, "A dispatcher schedules tasks when an event of its type is raised."),
        (Events, "An event tells that something happened. It is stored with the tasks that it triggers, or not at all."),
        (Functions,
            "Functions that are managed here: created in Lambda from a zip, with a time limit, a default priority and a retry policy."),
        (Execution,
            "Functions that are run for an answer: directly, as a task that ends with the call, or as an answer to any HTTP request."),
        (Status, "How the system stands, and why a task waits. Tasks are counted where they wait, so it is cheap to ask."),
        (Health, "For probes. They need no key."),
    ];
}
