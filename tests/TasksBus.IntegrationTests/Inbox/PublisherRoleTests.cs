using Npgsql;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>What a service may do that has the role of a publisher, and what it may not.</summary>
[Collection(NeedsDatabase.Name)]
public sealed class PublisherRoleTests(LocalServers servers) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private NpgsqlConnectionStringBuilder _publisher = null!;

    public async Task InitializeAsync()
    {
        _database = await servers.CreateDatabaseAsync();
        var script = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "ops", "sql", "publisher.sql"));
        await _database.ExecuteAsync(script);
        await _database.ExecuteAsync(script);
        var name = $"publisher_of_{_database.Name}";
        await _database.ExecuteAsync(
            $"""
            create role {name} login password 'secret-of-a-test' in role tasksbus_publisher;
            create schema {name} authorization {name};
            grant create, temporary on database {_database.Name} to {name}
            """);
        _publisher = new(_database.ConnectionString) { Username = name, Password = "secret-of-a-test", Pooling = false };
    }

    public async Task DisposeAsync()
    {
        await _database.ExecuteAsync(
            $"""
            drop owned by {_publisher.Username} cascade; drop role {_publisher.Username};
            drop owned by tasksbus_publisher; drop role tasksbus_publisher
            """);
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task It_schedules_and_cancels()
    {
        await using var connection = await ConnectAsync();

        await ExecuteAsync(connection, "select tasksbus.schedule_task('f', '{}', task_id => '507f1f77bcf86cd799439011')");
        await ExecuteAsync(connection, """select tasksbus.schedule_tasks('[{"functionName":"g"},{"functionName":"h"}]')""");
        await ExecuteAsync(connection, "select tasksbus.cancel_task('507f1f77bcf86cd799439011')");

        Assert.Equal(4, await _database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
    }

    [Theory]
    [InlineData("select * from tasksbus.inbox")]
    [InlineData("insert into tasksbus.inbox(is_cancel, id, size) values (true, gen_random_uuid(), 0)")]
    [InlineData("delete from tasksbus.inbox")]
    [InlineData("truncate tasksbus.inbox")]
    [InlineData("begin; lock table tasksbus.inbox in share mode")]
    [InlineData("select nextval('tasksbus.inbox_position_seq')")]
    [InlineData("select * from tasksbus.refusals")]
    [InlineData("select * from tasksbus.installed")]
    [InlineData("select tasksbus.put_task('', 'f', null, null, null, null, null, null, null, null, null)")]
    [InlineData("select tasksbus.wake()")]
    [InlineData("create table tasksbus.mine(id int)")]
    [InlineData("select * from public.tasks")]
    [InlineData("drop function tasksbus.wake()")]
    public async Task It_can_do_nothing_else(string sql)
    {
        await using var connection = await ConnectAsync();

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task A_user_without_the_role_can_do_nothing()
    {
        await _database.ExecuteAsync($"revoke tasksbus_publisher from {_publisher.Username}");
        await using var connection = await ConnectAsync();

        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege,
            (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, "select tasksbus.schedule_task('f')"))).SqlState);
    }

    /// <summary>The functions run with the rights of their owner, so they must not run what a caller puts in their way.</summary>
    [Fact]
    public async Task Nothing_of_the_callers_own_is_run_with_the_rights_of_the_functions()
    {
        await using var connection = await ConnectAsync();
        await ExecuteAsync(
            connection,
            $"""
            create table {_publisher.Username}.seen(who text);
            create function {_publisher.Username}.pg_notify(text, text) returns void language sql as
                'insert into {_publisher.Username}.seen values (current_user)';
            create function {_publisher.Username}.length(text) returns int language sql as
                'insert into {_publisher.Username}.seen values (current_user); select 1';
            create function {_publisher.Username}.json_typeof(json) returns text language sql as
                'insert into {_publisher.Username}.seen values (current_user); select ''object''';
            create function {_publisher.Username}.gt(numeric, numeric) returns bool language sql as
                'insert into {_publisher.Username}.seen values (current_user); select false';
            create operator {_publisher.Username}.> (leftarg = numeric, rightarg = numeric, function = {_publisher.Username}.gt);
            create temp table inbox(is_cancel bool, id uuid, function_name text, data json, priority bigint, start_at timestamptz,
                tags text[], size int);
            create domain pg_temp.text as pg_catalog.text check (value <> 'f');
            set search_path = {_publisher.Username}, pg_temp, pg_catalog
            """);

        await ExecuteAsync(connection, "select tasksbus.schedule_task('f'::pg_catalog.text, '{}', priority => 5)");

        Assert.Equal(1, await _database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
        Assert.Equal(0, await _database.ScalarAsync<long>($"select count(*) from {_publisher.Username}.seen"));
    }

    [Theory]
    [InlineData("session")]
    [InlineData("transaction")]
    [InlineData("statement")]
    public async Task It_works_behind_a_pooler_in_each_mode(string mode)
    {
        await using var pooler = await Pooler.StartAsync(
            _publisher.ToString(), mode,
            $"ignore_startup_parameters = extra_float_digits\ndefault_pool_size = {(mode == "session" ? 8 : 2)}");
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(pooler.ConnectionString) { Pooling = true, NoResetOnClose = true, MaxPoolSize = 8 });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                await using var connection = await source.OpenConnectionAsync();
                if (mode == "statement")
                {
                    await ExecuteAsync(connection, "select tasksbus.schedule_task('kept')");
                    continue;
                }

                await using var transaction = await connection.BeginTransactionAsync();
                await ExecuteAsync(connection, $"select tasksbus.schedule_task('{(i % 2 == 0 ? "kept" : "dropped")}')");
                await (i % 2 == 0 ? transaction.CommitAsync() : transaction.RollbackAsync());
            }
        }));

        Assert.Equal(
            mode == "statement" ? "160 0" : "80 0",
            await _database.ScalarAsync<string>(
                "select concat_ws(' ', count(*), count(*) filter (where function_name <> 'kept')) from tasksbus.inbox"));
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnection connection = new(_publisher.ToString());
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
