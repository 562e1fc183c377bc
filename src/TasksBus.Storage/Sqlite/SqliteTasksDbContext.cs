using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.Sqlite;

/// <summary>The schema on SQLite. Its migrations are in the folder Migrations.</summary>
/// <param name="clock">The database's clock. SQLite has none of its own. Default: that of the machine.</param>
internal sealed class SqliteTasksDbContext(DbContextOptions<SqliteTasksDbContext> options, TimeProvider? clock = null)
    : TasksDbContext(options)
{
    internal override SqlDialect Dialect { get; } = new SqliteDialect();

    protected override (string Yes, string No) IsReady => ("is_ready = 1", "is_ready = 0");

    public override Task<long> NowAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Microseconds.Of((clock ?? TimeProvider.System).GetUtcNow()));

    /// <summary>Used by the tool that writes migrations.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<SqliteTasksDbContext>
    {
        public SqliteTasksDbContext CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite("Data Source=design.db").Options);
    }
}
