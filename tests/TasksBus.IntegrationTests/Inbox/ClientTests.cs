using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.Client.PostgreSql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>Tasks that a service in .NET schedules with its own rows, by the package for it.</summary>
[Collection(NeedsServers.Name)]
public sealed class ClientTests(LocalServers servers) : InboxTest(servers)
{
    private sealed record ResizeInput(int PhotoId, string? Label);

    [Fact]
    public async Task On_a_context_a_task_is_committed_with_its_changes_or_not_at_all()
    {
        await Cluster.AddAsync();
        await using Shop shop = await OpenAsync();
        TaskId kept, dropped;
        await using (var transaction = await shop.Database.BeginTransactionAsync())
        {
            shop.Orders.Add(new() { Id = 1 });
            await shop.SaveChangesAsync();
            kept = await shop.ScheduleTaskAsync(
                "resize", new ResizeInput(5, null), new()
                {
                    Priority = 7,
                    Tags = ["a"],
                    StartTimestamp = DateTimeOffset.MinValue,
                    Reference = "order 1",
                    Publisher = "webshop",
                });
            await transaction.CommitAsync();
        }

        await using (await shop.Database.BeginTransactionAsync())
        {
            shop.Orders.Add(new() { Id = 2 });
            await shop.SaveChangesAsync();
            dropped = await shop.ScheduleTaskAsync("resize", new ResizeInput(6, null));
        }

        var task = await Cluster.ReachesAsync(kept, TaskStates.Complete);
        Assert.Equal("""{"photoId":5,"label":null}""", task.Data);
        Assert.Equal((7L, "a", DateTimeOffset.MinValue), (task.Priority, Assert.Single(task.Tags), task.StartTimestamp));
        Assert.Equal(("order 1", "webshop"), (task.Reference, task.Publisher));
        await TakenInAsync();
        Assert.Null(await Cluster.FindAsync(dropped));
        Assert.Equal(["1"], await Database.RowsAsync("select \"Id\" from \"Orders\""));
    }

    [Fact]
    public async Task Without_a_transaction_or_without_PostgreSQL_it_is_refused()
    {
        await using Shop shop = await OpenAsync();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => shop.ScheduleTaskAsync("resize", new { }));
        Assert.Contains("BeginTransactionAsync", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, await LeftAsync());

        await using Shop file = new(new DbContextOptionsBuilder<Shop>().UseSqlite("Data Source=:memory:").Options);
        await using var transaction = await file.Database.BeginTransactionAsync();
        refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => file.CancelTaskAsync(TaskId.New()));
        Assert.Contains("SqliteTransaction", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_transaction_of_Npgsql_many_are_scheduled_and_one_is_canceled()
    {
        await using var connection = await Database.ConnectAsync();
        IReadOnlyList<TaskId> ids;
        var chosen = TaskId.New();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            ids = await transaction.ScheduleTasksAsync(
            [
                .. Enumerable.Range(0, 1_500).Select(static n => new ScheduleTask
                {
                    FunctionName = "many",
                    IdempotencyKey = $"many {n}",
                    StartTimestamp = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero),
                }),
                new()
                {
                    FunctionName = "late",
                    TaskId = chosen.ToString(),
                    StartTimestamp = new(2100, 1, 1, 0, 0, 0, TimeSpan.FromHours(2)),
                },
            ]);
            Assert.Equal(chosen, ids[^1]);
            await transaction.CancelTaskAsync(ids[3]);
            await transaction.ScheduleTaskAsync(
                new ScheduleTask { FunctionName = "one", Data = JsonElement.Parse("""{"nul":"\u0000"}""") });
            await transaction.CommitAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.ScheduleTaskAsync("ended", new { }));
        }

        Assert.Equal(Enumerable.Range(0, 1_500).Select(static n => TaskId.FromKey($"many {n}")), ids.Take(1_500));
        await Cluster.AddAsync();
        await Cluster.ReachesAsync(ids[3], TaskStates.Canceled);
        await TakenInAsync();
        Assert.Equal(1_502, await Cluster.CountTasksAsync());
        Assert.Equal(new(2099, 12, 31, 22, 0, 0, TimeSpan.Zero), (await Cluster.FindAsync(chosen))!.StartTimestamp);
    }

    [Fact]
    public async Task A_task_that_breaks_a_rule_is_refused_with_its_code_and_its_place()
    {
        await using var connection = await Database.ConnectAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var refusal = await Assert.ThrowsAsync<TaskRefusedException>(
                () => transaction.ScheduleTaskAsync("f", new { }, new() { Priority = long.MaxValue }));
            Assert.Equal(ErrorCode.FieldFormat, refusal.Code);
            Assert.StartsWith("priority must be", refusal.Message, StringComparison.Ordinal);
            // Nothing was sent, so the transaction goes on.
            await transaction.ScheduleTaskAsync("f", new { });
        }

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var refusal = await Assert.ThrowsAsync<TaskRefusedException>(() => transaction.ScheduleTasksAsync(
                [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "f" }, 1_200), new() { FunctionName = "f", TaskId = "x" }]));
            Assert.Equal(ErrorCode.IdFormat, refusal.Code);
            Assert.StartsWith("tasks[1200]: taskId must be", refusal.Message, StringComparison.Ordinal);
        }

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var refusal = await Assert.ThrowsAsync<TaskRefusedException>(() => transaction.ScheduleTaskAsync("f", new[] { 1 }));
            Assert.Equal("data must be a JSON object; got [1].", refusal.Message);

            var inner = string.Concat(Enumerable.Repeat("{\"a\":", 61)) + "1" + new string('}', 61);
            refusal = await Assert.ThrowsAsync<TaskRefusedException>(() => transaction.ScheduleTaskAsync(
                new ScheduleTask { FunctionName = "f", Data = JsonElement.Parse(inner, new() { MaxDepth = 100 }) }));
            Assert.Equal(
                (ErrorCode.FieldFormat, "data must be nested at most 60 levels deep."), (refusal.Code, refusal.Message));
        }

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await Assert.ThrowsAsync<ArgumentException>(() => transaction.ScheduleTaskAsync("f", new { }, schema: "a\".b"));
            await Assert.ThrowsAsync<PostgresException>(() => transaction.ScheduleTaskAsync("f", new { }, schema: "nowhere"));
        }

        Assert.Equal(0, await LeftAsync());
    }

    private async Task<Shop> OpenAsync()
    {
        await Database.ExecuteAsync("create table \"Orders\"(\"Id\" int primary key)");
        return new(new DbContextOptionsBuilder<Shop>().UseNpgsql(Database.ConnectionString).Options);
    }

    private sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
    {
        public DbSet<ShopOrder> Orders => Set<ShopOrder>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) =>
            modelBuilder.Entity<ShopOrder>().Property(static order => order.Id).ValueGeneratedNever();
    }

    private sealed class ShopOrder
    {
        public int Id { get; set; }
    }
}
