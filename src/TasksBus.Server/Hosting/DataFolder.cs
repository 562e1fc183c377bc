using TasksBus.LocalLambda;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>The folder of a server that runs alone. The database, keys and functions are for its user only.</summary>
internal static class DataFolder
{
    private const string KeysName = "keys";

    /// <summary>Creates the folder, or closes an existing one to other users. Returns its full path.</summary>
    /// <exception cref="StartException">The folder is open to others, and the server may not close it.</exception>
    public static string Prepare(string folder) => Prepare(folder, SqliteDatabase.FileName, KeysName, "lambda", "cluster");

    /// <summary>The folder, inside the data folder, with the keys that protect data.</summary>
    public static DirectoryInfo Keys(string folder) => new(Prepare(Path.Combine(folder, KeysName), ""));

    private static string Prepare(string folder, params string[] own)
    {
        var path = Path.GetFullPath(folder);
        try
        {
            PrivateFolder.MakeOrClose(path, own);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The data folder '{path}' cannot be used: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }
    }
}
