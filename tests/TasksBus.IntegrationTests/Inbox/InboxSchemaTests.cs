using Npgsql;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>How the schema for services comes into a database, and how a newer server replaces it.</summary>
[Collection(NeedsDatabase.Name)]
public sealed class InboxSchemaTests(LocalServers servers)
{
    private const string Earlier =
        """
        drop function tasksbus.schedule_task;
        create function tasksbus.schedule_task(function_name text, data json default null) returns text
            language sql as 'select ''earlier''';
        revoke all on function tasksbus.schedule_task from public;
        update tasksbus.installed set revision = 0;
        """;

    [Fact]
    public async Task A_newer_function_replaces_the_earlier_one_and_keeps_who_may_call_it()
    {
        await using var database = await servers.CreateDatabaseAsync();
        await database.ExecuteAsync(
            $"""
            create role "Web shop"; create role other;
            {Earlier}
            grant execute on function tasksbus.schedule_task to "Web shop";
            grant execute on function tasksbus.cancel_task to other
            """);
        await using (PostgresDatabase server = new(database.ConnectionString))
        {
            await server.MigrateAsync(default);
            Assert.Null(server.InboxFault);
        }

        Assert.Equal(24, (await database.ScalarAsync<string>("select tasksbus.schedule_task('f', '{}')")).Length);
        Assert.Equal(
            ["Web shop t f", "other f t"],
            await database.RowsAsync(
                """
                select concat_ws(
                    ' ', role, has_function_privilege(role, one.oid, 'execute'), has_function_privilege(role, other.oid, 'execute'))
                from unnest(array['Web shop', 'other']) as role, pg_proc as one, pg_proc as other
                where one.proname = 'schedule_task' and other.proname = 'cancel_task' order by 1
                """));
        Assert.Equal(
            0, await database.ScalarAsync<long>(
                "select count(*) from pg_proc, aclexplode(proacl) where pronamespace = 'tasksbus'::regnamespace and grantee = 0"));
        await database.ExecuteAsync("drop owned by \"Web shop\", other; drop role \"Web shop\", other");
    }

    [Fact]
    public async Task A_function_that_something_depends_on_stays_and_the_server_starts()
    {
        await using var database = await servers.CreateDatabaseAsync();
        await database.ExecuteAsync($"{Earlier} create view public.uses as select tasksbus.schedule_task('f')");
        await using PostgresDatabase server = new(database.ConnectionString);

        await server.MigrateAsync(default);

        Assert.Null(server.InboxFault);
        Assert.StartsWith("PostgreSQL refuses those of this version: cannot drop", server.InboxBehind, StringComparison.Ordinal);
        Assert.Equal("earlier", await database.ScalarAsync<string>("select tasksbus.schedule_task('f')"));
    }

    [Fact]
    public async Task An_earlier_server_leaves_a_newer_schema_alone()
    {
        await using var database = await servers.CreateDatabaseAsync();
        await database.ExecuteAsync($"{Earlier} update tasksbus.installed set revision = 1000000");
        await using PostgresDatabase server = new(database.ConnectionString);

        await server.MigrateAsync(default);

        Assert.Equal("earlier", await database.ScalarAsync<string>("select tasksbus.schedule_task('f')"));
    }

    [Fact]
    public async Task A_user_who_may_not_make_the_schema_is_told_how_to_get_it_and_everything_else_works()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        var name = $"user_of_{database.Name}";
        await database.ExecuteAsync(
            $"create role {name} login password 'secret-of-a-test'; create schema its_own authorization {name}");
        NpgsqlConnectionStringBuilder user = new(database.ConnectionString)
        {
            Username = name,
            Password = "secret-of-a-test",
            SearchPath = "its_own",
        };
        await using (PostgresDatabase server = new(user.ToString()))
        {
            await server.MigrateAsync(default);

            Assert.Contains($"create schema tasksbus authorization \"{name}\"", server.InboxFault, StringComparison.Ordinal);
            Assert.False(server.HasInbox);
            await database.ExecuteAsync($"create schema tasksbus authorization {name}");
            await server.MigrateAsync(default);
            Assert.Null(server.InboxFault);
        }

        await using (PostgresDatabase other = new(database.ConnectionString))
        {
            await other.MigrateAsync(default);
            Assert.Contains("serves the TasksBus whose tables are in the schema its_own", other.InboxFault, StringComparison.Ordinal);
            Assert.Contains("TasksBus__SqlSchema", other.InboxFault, StringComparison.Ordinal);
        }

        await using (PostgresDatabase other = new(database.ConnectionString, sqlSchema: "another"))
        {
            await other.MigrateAsync(default);
            Assert.Null(other.InboxFault);
        }

        Assert.Equal(24, (await database.ScalarAsync<string>("select another.schedule_task('f')")).Length);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
        await database.ExecuteAsync($"drop owned by {name} cascade; drop role {name}");
    }

    [Fact]
    public async Task A_schema_with_tables_of_something_else_is_left_alone()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        await database.ExecuteAsync("create schema tasksbus create table inbox(theirs int)");
        await using PostgresDatabase server = new(database.ConnectionString);

        await server.MigrateAsync(default).EndsAsync();

        Assert.Contains("has tables of something else", server.InboxFault, StringComparison.Ordinal);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("pg_own")]
    [InlineData("Upper")]
    [InlineData("a\"; drop table tasks; --")]
    [InlineData("1st")]
    public void A_name_that_is_none_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new PostgresDatabase("Host=nowhere", sqlSchema: name));
}
