using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.Sqlite;

/// <summary>The schema on SQLite. Its migrations are in the folder Migrations.</summary>
internal sealed class SqliteTasksDbContext(DbContextOptions<SqliteTasksDbContext> options) : TasksDbContext(options)
{
    internal override SqlDialect Dialect { get; } = new SqliteDialect();

    protected override (string Yes, string No) IsReady => ("is_ready = 1", "is_ready = 0");

    public override Task<long> NowAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Microseconds.Of(TimeProvider.System.GetUtcNow()));

    /// <summary>Used by the tool that writes migrations.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<SqliteTasksDbContext>
    {
        public SqliteTasksDbContext CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite("Data Source=design.db").Options);
    }
}
