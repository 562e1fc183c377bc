using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace TasksBus.Storage.Sqlite;

/// <summary>The data folder cannot be used.</summary>
public sealed class DataFolderException(string message, Exception inner) : Exception(message, inner)
{
    /// <summary>True when another server uses the folder.</summary>
    public bool IsInUse { get; init; }
}
