using TasksBus.LocalLambda;
using TasksBus.Service.Hosting;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>The folder of a server that runs alone. The database, keys and functions are for its user only.</summary>
internal static class DataFolder
{
    /// <summary>Creates the folder, or closes an existing one to other users. Returns its full path.</summary>
    /// <exception cref="StartException">The folder is open to others, and the server may not close it.</exception>
    public static string Prepare(string folder)
    {
        var path = Path.GetFullPath(folder);
        try
        {
            PrivateFolder.MakeOrClose(path, SqliteDatabase.FileName, EngineDatabase.KeysName, "lambda", "cluster");
            PrivateFolder.MakeOrClose(Path.Combine(path, EngineDatabase.KeysName), "");
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"The data folder '{path}' cannot be used: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }
    }
}
