using TasksBus.Service.Http.Authentication;

namespace TasksBus.UnitTests.Http;

/// <summary>A server with API keys, each named after what it may do.</summary>
public sealed class GuardedServer : ApiServer
{
    private readonly (string Name, string Permissions, string? ExpiresAt)[] _keys =
    [
        ("all", "*", null),
        ("viewer", "VIEW_TASKS, VIEW_TASK_LOGS", null),
        ("creator", "CREATE_TASKS", "2999-01-01T00:00:00Z"),
        ("canceler", "CANCEL_TASKS", null),
        ("log-reader", "VIEW_TASK_LOGS", null),
        ("planner", "CREATE_TASK_SCHEDULE", null),
        ("executor", "EXECUTE_TASK_FUNCTION", null),
        ("caller", "EXECUTE_API_FUNCTION", null),
        ("maker", "CREATE_TASK_FUNCTION", null),
        ("narrow", "EXECUTE_TASK_FUNCTION:narrow,EXECUTE_API_FUNCTION:narrow", null),
        ("expired", "*", "2020-01-01T00:00:00Z"),
    ];

    private Dictionary<string, string>? _tokens;

    /// <summary>The keys themselves, by name.</summary>
    public IReadOnlyDictionary<string, string> Tokens => _tokens ??= _keys.ToDictionary(static key => key.Name, static _ => ApiKey.New());

    protected override string[] Settings => [.. _keys.SelectMany(SettingsOf)];

    public Task<Answer> SendAsync(
        string method, string path, string? authorization, string? body = null, string? origin = null, string? host = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        request.Headers.Host = host;
        foreach (var (name, value) in new[] { ("Authorization", authorization), ("Origin", origin) })
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return SendAsync(request);
    }

    public Task<Answer> SendAsAsync(string name, string method, string path, string? body = null) =>
        SendAsync(method, path, $"Bearer {Tokens[name]}", body);

    private IEnumerable<string> SettingsOf((string Name, string Permissions, string? ExpiresAt) key, int index)
    {
        var section = $"--TasksBus:ApiKeys:{index}";
        yield return $"{section}:Name={key.Name}";
        yield return $"{section}:Hash=sha256:{Convert.ToHexStringLower(ApiKey.HashOf(Tokens[key.Name]))}";
        yield return $"{section}:Permissions={key.Permissions}";
        if (key.ExpiresAt is not null)
        {
            yield return $"{section}:ExpiresAt={key.ExpiresAt}";
        }
    }
}
