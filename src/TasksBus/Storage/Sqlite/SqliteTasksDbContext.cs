using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

/// <summary>The schema on SQLite; its migrations are beside it.</summary>
public sealed class SqliteTasksDbContext(DbContextOptions<SqliteTasksDbContext> options) : TasksDbContext(options)
{
    /// <summary>For the tool that writes migrations.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<SqliteTasksDbContext>
    {
        public SqliteTasksDbContext CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite("Data Source=design.db").Options);
    }
}
