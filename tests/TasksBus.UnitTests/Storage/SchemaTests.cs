using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using TasksBus.Storage.Model;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;
using Xunit;

namespace TasksBus.UnitTests.Storage;

/// <summary>The files that make the databases exist, and fit the model.</summary>
public sealed partial class SchemaTests
{
    [Fact]
    public void No_change_of_the_model_is_without_a_migration()
    {
        using PostgresTasksDbContext postgres = new(
            new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql("Host=nowhere").Options);
        using SqliteTasksDbContext sqlite = new(
            new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite("Data Source=:memory:").Options);

        Assert.False(postgres.Database.HasPendingModelChanges());
        Assert.False(sqlite.Database.HasPendingModelChanges());
    }

    /// <summary>The schema in the repository, for readers and database administrators.</summary>
    [Fact]
    public void The_schema_in_the_repository_is_what_the_migrations_make()
    {
        using PostgresTasksDbContext postgres = new(
            new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql("Host=nowhere").Options);
        using SqliteTasksDbContext sqlite = new(
            new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite("Data Source=:memory:").Options);

        Snapshot.Matches("src/TasksBus.Storage/PostgreSql/schema.sql", ScriptOf(postgres));
        Snapshot.Matches("src/TasksBus.Storage/Sqlite/schema.sql", ScriptOf(sqlite));
    }

    /// <summary>Their ids are stored in every database that was ever migrated.</summary>
    [Fact]
    public void The_migrations_keep_their_ids()
    {
        using PostgresTasksDbContext postgres = new(
            new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql("Host=nowhere").Options);
        using SqliteTasksDbContext sqlite = new(
            new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite("Data Source=:memory:").Options);

        Assert.Equal("20261125222947_Initial", postgres.Database.GetMigrations().First());
        Assert.Equal("20261125222934_Initial", sqlite.Database.GetMigrations().First());
        Assert.All(
            postgres.Model.GetEntityTypes().Concat(sqlite.Model.GetEntityTypes()),
            static entity => Assert.StartsWith("TasksBus.Storage.", entity.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_statement_in_a_file_is_a_resource_and_each_resource_a_statement()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "TasksBus.Storage", "PostgreSql", "Sql"), "*.sql")
            .Select(static file => $"TasksBus.Storage.PostgreSql.Sql.{Path.GetFileName(file)}").Order(StringComparer.Ordinal);
        var read = ReadStatement().Matches(
            File.ReadAllText(Path.Combine(Repository.Root, "src", "TasksBus.Storage", "PostgreSql", "Sql.cs")))
            .Select(static match => $"TasksBus.Storage.PostgreSql.Sql.{match.Groups[1].Value}.sql")
            .Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(
            files, typeof(TasksDbContext).Assembly.GetManifestResourceNames()
                .Where(static name => name.Contains(".Sql.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(files, read);
    }

    private static string ScriptOf(DbContext context) => "-- Made from the migrations: TASKSBUS_WRITE_SNAPSHOTS=1 writes it anew.\n"
        + context.GetService<IMigrator>().GenerateScript().ReplaceLineEndings("\n").TrimStart('\uFEFF').TrimEnd() + "\n";

    [GeneratedRegex(@"(?:Read|Moving)\(\s*""([a-z-]+)""")]
    private static partial Regex ReadStatement();
}
