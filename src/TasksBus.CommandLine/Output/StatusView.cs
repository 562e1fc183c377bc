using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TasksBus.Tool.Output;

/// <summary>The status of the system, as a person sees it.</summary>
internal static class StatusView
{
    private static readonly Column[] s_pools =
        [new("POOL"), new("DUE", ColumnKind.Number), new("LATER", ColumnKind.Number), new("OLDEST DUE", ColumnKind.Time)];

    private static readonly Column[] s_workers =
    [
        new("WORKER", ColumnKind.Whole), new("POOL"), new("HOST"), new("VERSION"), new("SLOTS", ColumnKind.Number),
        new("RUNNING", ColumnKind.Number),
    ];

    /// <summary>The columns of <see cref="Totals"/>, for the documentation.</summary>
    public static string?[] Totals(JsonElement status)
    {
        var pools = status.ItemsAt("pools").ToList();
        var workers = status.ItemsAt("workers").ToList();
        return
        [
            status.TextAt("timestamp"), Number(status.NumberAt("running")), Number(Sum(pools, "due")), Number(Sum(pools, "later")),
            Number(workers.Count), Number(Sum(workers, "slots")), Number(status.NumberAt("eventsToPublish")),
            pools.Select(static pool => pool.TextAt("oldestDueTimestamp")).OfType<string>().Min(StringComparer.Ordinal),
        ];
    }

    /// <summary>Everything that concerns the whole system.</summary>
    public static IEnumerable<(string Name, string? Value)> Whole(JsonElement status) =>
    [
        ("timestamp", status.TextAt("timestamp")),
        ("dispatcher", status.TextAt("dispatcher.epoch") is { } epoch
            ? $"epoch {epoch}, lease until {status.TextAt("dispatcher.leaseEndTimestamp")}" : "none is at work"),
        ("held", status.TextAt("heldBecause")),
        ("running", status.TextAt("running")),
        ("eventsToPublish", status.TextAt("eventsToPublish")),
    ];

    /// <summary>Writes the whole status: tables on a terminal, and lines that begin with their kind on a pipe.</summary>
    public static void Write(JsonElement status, Screen screen)
    {
        screen.Pairs(Whole(status));
        if (screen.IsTerminal)
        {
            screen.Console.WriteLine();
            screen.Console.Write(PoolsOf(status, screen));
            screen.Console.WriteLine();
            screen.Console.Write(WorkersOf(status, screen));
            return;
        }

        screen.Table(s_pools, status.ItemsAt("pools").Select(static pool => (string?[])["pool", .. PoolRow(pool)]));
        screen.Table(s_workers, status.ItemsAt("workers").Select(static worker => (string?[])["worker", .. WorkerRow(worker)]));
    }

    /// <summary>The same for a display that is drawn anew.</summary>
    public static IRenderable Live(JsonElement status, Screen screen)
    {
        Grid whole = new();
        whole.AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        foreach (var (name, value) in Whole(status).Where(static pair => pair.Value is not null))
        {
            whole.AddRow(new Text(name, screen.Bold), new Text(SafeText.Of(value!)));
        }

        return new Rows(whole, new Text(" "), PoolsOf(status, screen), new Text(" "), WorkersOf(status, screen));
    }

    private static Table PoolsOf(JsonElement status, Screen screen) =>
        screen.TableOf(s_pools, [.. status.ItemsAt("pools").Select(PoolRow)]);

    private static Table WorkersOf(JsonElement status, Screen screen) =>
        screen.TableOf(s_workers, [.. status.ItemsAt("workers").Select(WorkerRow)]);

    private static string?[] PoolRow(JsonElement pool) =>
        [pool.TextAt("name"), pool.TextAt("due"), pool.TextAt("later"), pool.TextAt("oldestDueTimestamp")];

    private static string?[] WorkerRow(JsonElement worker) =>
    [
        worker.TextAt("id"), worker.TextAt("pool"), worker.TextAt("host"), worker.TextAt("version"), worker.TextAt("slots"),
        worker.TextAt("running"),
    ];

    private static long Sum(IEnumerable<JsonElement> items, string field) => items.Sum(item => item.NumberAt(field));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
