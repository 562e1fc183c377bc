using Microsoft.EntityFrameworkCore;
using TasksBus.Client.PostgreSql;
using TasksBus.Contracts;
using TasksBus.Worker;

namespace TasksBus.Samples.WebShop;

public sealed class Order
{
    public Guid Id { get; init; }

    public string Customer { get; init; } = "";

    public int Cents { get; init; }

    /// <summary>The task that sends the reminder. Its id is known before the task is stored.</summary>
    public string ReminderTaskId { get; init; } = "";

    public bool IsPaid { get; set; }
}

/// <summary>The shop's own tables, in the database of TasksBus.</summary>
public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Order>().ToTable("orders", "shop");
}

/// <summary>Places and settles orders. Tasks are committed with the orders, or not at all.</summary>
public sealed class Shop(ShopContext db, TimeProvider time)
{
    private static readonly TimeSpan s_timeToPay = TimeSpan.FromDays(14);

    public async Task<Order> PlaceAsync(string customer, int cents, CancellationToken cancellationToken = default)
    {
        Order order = new() { Id = Guid.CreateVersion7(), Customer = customer, Cents = cents, ReminderTaskId = TaskId.New().ToString() };
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        db.Orders.Add(order);
        await db.ScheduleTaskAsync(
            SendInvoice.Name, new OrderInput(order.Id), new() { Reference = $"order {order.Id}" }, cancellationToken: cancellationToken);
        await db.ScheduleTaskAsync(
            SendReminder.Name, new OrderInput(order.Id),
            new()
            {
                TaskId = TaskId.Parse(order.ReminderTaskId),
                StartTimestamp = time.GetUtcNow() + s_timeToPay,
                Reference = $"order {order.Id}",
            }, cancellationToken: cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return order;
    }

    public async Task SettleAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var order = await db.Orders.SingleAsync(each => each.Id == id, cancellationToken);
        order.IsPaid = true;
        await db.CancelTaskAsync(TaskId.Parse(order.ReminderTaskId), cancellationToken: cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

public sealed record OrderInput(Guid OrderId);

public interface IPost
{
    Task SendAsync(string to, string text, CancellationToken cancellationToken);
}

public sealed class SendInvoice(ShopContext db, IPost post) : ITaskFunction<OrderInput>
{
    public const string Name = "send-invoice";

    public async Task RunAsync(OrderInput input, TaskContext task, CancellationToken cancellationToken)
    {
        // The task was committed with the order, so the order is there.
        var order = await db.Orders.AsNoTracking().SingleAsync(each => each.Id == input.OrderId, cancellationToken);
        await post.SendAsync(order.Customer, FormattableString.Invariant($"Invoice: {order.Cents / 100m:N2}"), cancellationToken);
    }
}

public sealed class SendReminder(ShopContext db, IPost post) : ITaskFunction<OrderInput>
{
    public const string Name = "send-reminder";

    public async Task RunAsync(OrderInput input, TaskContext task, CancellationToken cancellationToken)
    {
        var order = await db.Orders.AsNoTracking().SingleAsync(each => each.Id == input.OrderId, cancellationToken);
        // The cancel and the payment are one transaction; but a task that has just started is not canceled any more.
        if (!order.IsPaid)
        {
            await post.SendAsync(order.Customer, FormattableString.Invariant($"Please pay {order.Cents / 100m:N2}"), cancellationToken);
        }
    }
}
