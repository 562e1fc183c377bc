using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

/// <content>Opens the file in a data folder, and brings its schema up to date.</content>
public sealed partial class SqliteDatabase
{
    /// <summary>Locks the folder, opens the file and brings its schema up to date.</summary>
    /// <exception cref="DataFolderException">The folder cannot be used. The message says why and how to fix it.</exception>
    public static SqliteDatabase Open(string folder)
    {
        var path = Path.GetFullPath(folder);
        FileStream @lock;
        try
        {
            Directory.CreateDirectory(path);
            @lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DataFolderException(
                $"The data folder '{path}' cannot be written: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }
        catch (IOException exception) when (Directory.Exists(path))
        {
            throw new DataFolderException(
                $"The data folder '{path}' is in use by another server ({exception.Message}) Stop that one, or choose another folder "
                    + "with TasksBus__DataPath.",
                exception)
            {
                IsInUse = true,
            };
        }
        catch (IOException exception)
        {
            throw new DataFolderException(
                $"The data folder '{path}' cannot be made: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }

        try
        {
            var connectionString = ConnectionString(path);
            Migrate(connectionString);
            return new SqliteDatabase(@lock, connectionString);
        }
        catch (SqliteException exception)
        {
            SqliteConnection.ClearAllPools();
            @lock.Dispose();
            throw new DataFolderException(
                $"The database in '{path}' cannot be opened: {exception.Message} Restore it from a backup, or choose another folder "
                    + "with TasksBus__DataPath.",
                exception);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens the database for a command, which may find a server at work in the folder. Then the command works beside the server, with a
    /// few small reads and writes. They wait for the server's writes, and the server's for them.
    /// </summary>
    /// <exception cref="DataFolderException">The folder cannot be used, or the server there has another version.</exception>
    public static SqliteDatabase OpenForCommand(string folder)
    {
        try
        {
            return Open(folder);
        }
        catch (DataFolderException exception) when (exception.IsInUse)
        {
            var path = Path.GetFullPath(folder);
            var connectionString = ConnectionString(path);
            try
            {
                if (!Schema.Of<SqliteTasksDbContext>().IsMadeBy(AppliedMigrations(connectionString) ?? []))
                {
                    throw;
                }

                return new(null, connectionString);
            }
            catch (SqliteException failure)
            {
                throw new DataFolderException(
                    $"The data folder '{path}' is in use by a server, and its database cannot be read beside it: {failure.Message} Try "
                        + "again, or stop the server first.",
                    failure);
            }
        }
    }

    private static void Migrate(string connectionString)
    {
        var schema = Schema.Of<SqliteTasksDbContext>();
        switch (AppliedMigrations(connectionString))
        {
            case null:
                using (SqliteSession session = new(connectionString))
                {
                    session.Execute(schema.Script);
                }

                break;

            case var applied when !schema.IsMadeBy(applied):
                using (SqliteTasksDbContext context = new(
                    new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite(connectionString).Options))
                {
                    context.Database.Migrate();
                }

                break;
        }
    }

    /// <summary>The migrations that the database has. Null when it is empty.</summary>
    private static List<string>? AppliedMigrations(string connectionString)
    {
        using SqliteSession session = new(connectionString);
        return session.Scalar("select count(*) from sqlite_master where name = '__EFMigrationsHistory'") is 0L
            ? null : session.List(Schema.Applied, static row => row.GetString(0));
    }
}
