using System.Data;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The database refuses the connection, or does not have what we need. Waiting does not help.</summary>
public sealed class DatabaseRefusedException(string message, Exception? inner = null) : Exception(message, inner);
