using TasksBus.Contracts;

namespace TasksBus.Client;

/// <summary>
/// A TasksBus server, over HTTP. <see cref="TasksBusClientOptions"/> says how long calls are tried.
/// </summary>
/// <remarks>
/// Beside the exceptions of <see cref="ITaskClient"/>, every call may throw <see cref="AccessRefusedException"/> when the caller may not do
/// it.
/// </remarks>
public interface ITasksBusClient : ITaskClient
{
    /// <summary>Schedules another task like an existing one, to start now. The existing one stays as it is.</summary>
    /// <returns>The id of the new task, which the server chooses.</returns>
    /// <exception cref="ResourceUnknownException">There is no such task.</exception>
    Task<TaskId> RerunAsync(TaskId taskId, CancellationToken cancellationToken = default);

    /// <summary>Reads one page of a list of tasks: 20 unless the query says otherwise, at most 50, the newest first.</summary>
    /// <param name="rql">
    /// A query as it stands in an address, without its question mark, such as <c>eq(status,failed)&amp;limit(50)</c>.
    /// <see cref="QueryText.Of"/> writes a value.
    /// </param>
    /// <exception cref="TaskRefusedException">The query is not valid (code 19).</exception>
    Task<TaskList> ListAsync(string rql = "", CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads all tasks that a query finds, page by page. It gives each task once. It may leave out tasks that come or change meanwhile.
    /// </summary>
    /// <param name="rql">A query as for <see cref="ListAsync"/>, without a <c>limit</c>.</param>
    /// <exception cref="ArgumentException">The query has a limit.</exception>
    /// <exception cref="TaskRefusedException">The query is not valid (code 19).</exception>
    IAsyncEnumerable<TaskSnapshot> ListAllAsync(string rql = "", CancellationToken cancellationToken = default);
}
