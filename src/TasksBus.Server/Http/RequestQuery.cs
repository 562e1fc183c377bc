using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;

namespace TasksBus.Server.Http;

/// <summary>Reads the query string of a request as RQL.</summary>
internal static class RequestQuery
{
    /// <exception cref="CommandRefusedException">The text is not a query, or names a property that does not exist.</exception>
    public static RqlQuery Read(QueryString queryString, RqlSchema schema)
    {
        var (query, error) = RqlQuery.Parse(queryString.Value, schema);
        return error is null ? query : throw new CommandRefusedException(ErrorCode.InvalidRql, error.Message);
    }
}
