using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;

namespace TasksBus.Service.Http;

/// <summary>Reads the query string of a request as RQL.</summary>
internal static class RequestQuery
{
    /// <exception cref="CommandRefusedException">The text is not a query, or names a property that does not exist.</exception>
    public static RqlQuery Read(QueryString queryString, RqlSchema schema)
    {
        var (query, error) = RqlQuery.Parse(queryString.Value, schema);
        return error is null ? query : throw new CommandRefusedException(ErrorCode.InvalidRql, error.Message);
    }

    /// <summary>Checks the parameters of a path whose query string is no RQL.</summary>
    /// <param name="names">Those that it takes.</param>
    /// <exception cref="CommandRefusedException">There is another one.</exception>
    public static void RequireKnown(IQueryCollection query, params string[] names)
    {
        if (query.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new CommandRefusedException(
                ErrorCode.FieldFormat,
                $"There is no parameter '{Excerpt.Of(unknown, 40)}'.{Spelling.Advice(unknown, names)} This path takes "
                    + $"{string.Join(" and ", names)} only.");
        }
    }
}
