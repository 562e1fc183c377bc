using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Samples.WebShop;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>The sample of a shop whose orders and tasks are committed together.</summary>
public sealed class WebShopTests(LocalServers servers) : InboxTest(servers)
{
    [Fact]
    public async Task An_order_that_is_committed_is_invoiced_and_reminded_of_later()
    {
        await Cluster.AddAsync();
        await using var db = await OpenAsync();

        var order = await new Shop(db, TimeProvider.System).PlaceAsync("ann", 4_200);

        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf(SendInvoice.Name) == 1, "the invoice is sent");
        var reminder = await StoredAsync(TaskId.Parse(order.ReminderTaskId));
        Assert.Equal((TaskStates.New, $"order {order.Id}"), (reminder.Status, reminder.Reference));
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(reminder.StartTimestamp!.Value, now.AddDays(13), now.AddDays(14));
    }

    [Fact]
    public async Task An_order_that_is_rolled_back_has_no_task()
    {
        await Cluster.AddAsync();
        await using var db = await OpenAsync();
        await db.Database.ExecuteSqlRawAsync("alter table shop.orders add check (\"Cents\" > 0)");

        await Assert.ThrowsAsync<DbUpdateException>(() => new Shop(db, TimeProvider.System).PlaceAsync("ann", -1));
        db.ChangeTracker.Clear();
        await new Shop(db, TimeProvider.System).PlaceAsync("bob", 1);

        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf(SendInvoice.Name) == 1, "the other order's invoice is sent");
        await TakenInAsync();
        Assert.Equal(2, await Database.ScalarAsync<long>("select count(*) from tasks"));
    }

    [Fact]
    public async Task A_paid_order_is_not_reminded_of()
    {
        await Cluster.AddAsync();
        await using var db = await OpenAsync();
        var order = await new Shop(db, TimeProvider.System).PlaceAsync("ann", 4_200);

        await new Shop(db, TimeProvider.System).SettleAsync(order.Id);

        await Cluster.ReachesAsync(TaskId.Parse(order.ReminderTaskId), TaskStates.Canceled);
    }

    private async Task<ShopContext> OpenAsync()
    {
        ShopContext db = new(new DbContextOptionsBuilder<ShopContext>().UseNpgsql(Database.ConnectionString).Options);
        await db.Database.ExecuteSqlRawAsync(db.Database.GenerateCreateScript());
        return db;
    }
}
