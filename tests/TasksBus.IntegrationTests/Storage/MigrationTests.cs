using System.Reflection;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>What a server does first, and as which user.</summary>
[Collection(NeedsDatabase.Name)]
public sealed class MigrationTests(LocalServers servers)
{
    private static readonly IReadOnlyList<string> s_migrations = [.. typeof(PostgresTasksDbContext).Assembly.GetTypes()
        .Where(static type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == typeof(PostgresTasksDbContext))
        .Select(static type => type.GetCustomAttribute<MigrationAttribute>()?.Id).OfType<string>().Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Ten_servers_that_find_an_empty_database_at_once_all_find_it_migrated()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            await using PostgresDatabase server = new(database.ConnectionString);
            await server.MigrateAsync(default);
            PostgresTaskStore store = new(server, static () => new TaskSaga());
            Assert.Empty(await store.LoadAsync([TaskId.New()], default));
            await server.MigrateAsync(default);
        }));

        Assert.Equal(s_migrations, await database.RowsAsync("select \"MigrationId\" from \"__EFMigrationsHistory\" order by 1"));
    }

    [Fact]
    public async Task A_user_who_owns_the_database_and_has_no_other_right_can_do_everything()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        var owner = await CreateUserAsync(database);
        await servers.ExecuteAsync($"alter database {database.Name} owner to {owner.Username}");
        await using (PostgresDatabase server = new(owner.ToString()))
        {
            await server.MigrateAsync(default);
            PostgresTaskStore store = new(server, static () => new TaskSaga());
            await using var lanes = CommitLanes.Separate(store, static _ => { });
            var transitions = StoredEngine.TransitionsOver(lanes, new());
            var (worker, claim) = (Guid.NewGuid(), Guid.NewGuid());
            await store.AddWorkerAsync(new(worker, PoolNames.Default, 10, 0, "host", "1", 0), default);
            var task = Assert.Single(await transitions.ScheduleAllAsync([new() { FunctionName = "greet" }]));
            await transitions.RaiseAsync(new TaskClaimed(task.Id.ToGuid(), claim, worker, TimeSpan.FromMinutes(5)));
            await transitions.RaiseAsync(new FunctionReturned(task.Id.ToGuid(), claim, "said"));

            var term = (await store.LeadAsync(worker, TimeSpan.FromMinutes(1), default))!;
            Assert.Null(term.HeldBecause);
            Assert.Equal(0, (await store.MarkReadyAsync("default", 10, default)).Count);
            Assert.Equal(10, (await store.ViewPoolAsync(term.Epoch, PoolNames.Default, [], null, null, 10, default)).FreeSlots);
            Assert.Equal(TaskStates.Complete, Assert.Single((await store.FindAsync("")).Tasks).Status);
            Assert.Equal(3, (await store.NextEventsAsync(10, default)).Count);
            await store.RemoveSilentWorkerAsync(term.Epoch, Assert.Single(await store.WorkersAsync(default)), default);
            await server.ReleaseHoldAsync(default);
        }

        await DropUserAsync(database, owner);
    }

    [Fact]
    public async Task A_user_without_rights_is_refused_with_advice_and_holds_up_nobody()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        var user = await CreateUserAsync(database);
        await using (PostgresDatabase powerless = new(user.ToString()), owning = new(database.ConnectionString))
        {
            var refusal = await Assert.ThrowsAsync<DatabaseRefusedException>(() => powerless.MigrateAsync(default));
            Assert.Contains("must own the schema", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(user.Password!, refusal.Message, StringComparison.Ordinal);

            await owning.MigrateAsync(default).EndsAsync();
        }

        await DropUserAsync(database, user);
    }

    [Fact]
    public async Task A_database_that_does_not_exist_and_a_wrong_password_are_refused()
    {
        NpgsqlConnectionStringBuilder right = new(servers.PostgreSql);
        NpgsqlConnectionStringBuilder missing = new(right.ToString()) { Database = "nowhere" },
            wrong = new(right.ToString()) { Password = "wrong" };
        foreach (var settings in new[] { missing, wrong })
        {
            await using PostgresDatabase server = new(settings.ToString());
            await Assert.ThrowsAsync<DatabaseRefusedException>(() => server.MigrateAsync(default));
        }
    }

    [Fact]
    public async Task A_schema_that_does_not_exist_is_refused_by_name_and_one_that_exists_is_used()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        await using (PostgresDatabase server = new($"{database.ConnectionString};Search Path=nowhere"))
        {
            Assert.Contains(
                "Search Path", (await Assert.ThrowsAsync<DatabaseRefusedException>(() => server.MigrateAsync(default))).Message,
                StringComparison.Ordinal);
        }

        await database.ExecuteAsync("create schema here");
        await using (PostgresDatabase server = new($"{database.ConnectionString};Search Path=here"))
        {
            await server.MigrateAsync(default);
            PostgresTaskStore store = new(server, static () => new TaskSaga());
            Assert.Equal(0, (await store.FindAsync("")).Total);
            Assert.Null((await store.LeadAsync(Guid.NewGuid(), TimeSpan.FromMinutes(1), default))!.HeldBecause);
        }

        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_tables where schemaname = 'public'"));
    }

    [Fact]
    public async Task A_setting_that_the_server_does_not_know_and_a_command_before_the_first_start_are_refused()
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        await using PostgresDatabase odd = new($"{database.ConnectionString};Options=-c no_such_setting=1"),
            empty = new(database.ConnectionString);

        await Assert.ThrowsAsync<DatabaseRefusedException>(() => odd.MigrateAsync(default));
        await Assert.ThrowsAsync<DatabaseRefusedException>(() => empty.ReleaseHoldAsync(default));
    }

    [Theory]
    [InlineData("synchronous_commit", "off", "on")]
    [InlineData("default_transaction_isolation", "serializable", "read committed")]
    public async Task What_the_store_relies_on_holds_even_where_the_database_and_the_connection_string_say_otherwise(
        string setting, string theirs, string ours)
    {
        await using var database = await servers.CreateDatabaseAsync();
        await database.ExecuteAsync($"alter database {database.Name} set {setting} = '{theirs}'");
        NpgsqlConnectionStringBuilder settings = new(database.ConnectionString) { Options = $"-c {setting}={theirs}" };
        await using PostgresDatabase server = new(settings.ToString());
        foreach (var source in new[] { server.Hot, server.Leases })
        {
            await using var command = source.CreateCommand($"show {setting}");
            Assert.Equal(ours, await command.ExecuteScalarAsync());
        }
    }

    private static async Task<NpgsqlConnectionStringBuilder> CreateUserAsync(TestDatabase database)
    {
        var name = $"user_of_{database.Name}";
        await database.ExecuteAsync($"create role {name} login password 'secret-of-a-test'");
        return new(database.ConnectionString) { Username = name, Password = "secret-of-a-test" };
    }

    private static Task<int> DropUserAsync(TestDatabase database, NpgsqlConnectionStringBuilder user) =>
        database.ExecuteAsync(
            $"reassign owned by {user.Username} to current_user; drop owned by {user.Username}; drop role {user.Username}");
}
