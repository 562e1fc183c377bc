using System.Data;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The database does not let us in, or is not as we need it: waiting does not help.</summary>
public sealed class DatabaseRefusedException(string message, Exception? inner = null) : Exception(message, inner);
