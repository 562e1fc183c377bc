using TasksBus.LocalLambda;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>The folder of a server that runs alone: the database, keys and functions are for its user only.</summary>
internal static class DataFolder
{
    private const string KeysName = "keys";

    /// <summary>Makes it, or closes the one that is there to others. Returns its full path.</summary>
    /// <exception cref="StartException">It is open to others, and not the server's to close.</exception>
    public static string Prepare(string folder) => Prepare(folder, SqliteDatabase.FileName, KeysName, "lambda", "cluster");

    /// <summary>The folder of the keys that data is protected with, in the data folder.</summary>
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
            throw new StartException($"The data folder '{path}' cannot be used: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }
    }
}
