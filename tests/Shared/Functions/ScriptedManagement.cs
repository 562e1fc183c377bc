using System.Collections.Concurrent;
using System.Security.Cryptography;
using TasksBus.Functions.Management;

namespace TasksBus.Tests.Functions;

/// <summary>The outside edge: a Lambda whose functions are kept in memory, and whose calls fail when a test says so.</summary>
internal sealed class ScriptedManagement : IFunctionManagement
{
    private readonly ConcurrentDictionary<string, Deployed> _functions = [];
    private readonly ConcurrentQueue<string> _calls = [];

    /// <summary>Called with the name of a call before it is made. A result that it returns replaces the call.</summary>
    public Func<string, ManagementResult?> Instead { get; set; } = static _ => null;

    /// <summary>Called with the name of a call after it is made. A result that it returns is what the caller gets.</summary>
    public Func<string, ManagementResult?> Afterwards { get; set; } = static _ => null;

    /// <summary>Runs within each call, so that a test can stop it there.</summary>
    public Func<string, Task> Within { get; set; } = static _ => Task.CompletedTask;

    public IReadOnlyCollection<string> Calls => _calls;

    public Deployed? this[string name]
    {
        get => _functions.GetValueOrDefault(name);
        set => _functions[name] = value!;
    }

    public static string HashOf(ReadOnlyMemory<byte> zip) => Convert.ToBase64String(SHA256.HashData(zip.Span));

    public Task<ManagementResult> CreateAsync(
        FunctionConfiguration configuration, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken) =>
        CallAsync("create", () => _functions.TryAdd(configuration.Name, new(configuration, HashOf(zip)))
            ? Done(configuration.Name)
            : new(ManagementOutcome.Exists, "It is there."));

    public Task<ManagementResult> UpdateCodeAsync(string name, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken) =>
        CallAsync("code", () => Change(name, function => function with { CodeHash = HashOf(zip) }));

    public Task<ManagementResult> UpdateConfigurationAsync(FunctionConfiguration configuration, CancellationToken cancellationToken) =>
        CallAsync("configuration", () => Change(configuration.Name, function => function with { Configuration = configuration }));

    public Task<ManagementResult> FindAsync(string name, CancellationToken cancellationToken) => CallAsync("find", () => Done(name));

    public Task<ManagementResult> DeleteAsync(string name, CancellationToken cancellationToken) => CallAsync("delete", () =>
    {
        _functions.TryRemove(name, out _);
        return new(ManagementOutcome.Done);
    });

    private ManagementResult Change(string name, Func<Deployed, Deployed> change)
    {
        if (_functions.TryGetValue(name, out var function))
        {
            _functions[name] = change(function);
        }

        return Done(name);
    }

    private ManagementResult Done(string name) => _functions.TryGetValue(name, out var function)
        ? new(ManagementOutcome.Done, Function: new(function.Configuration.Marker, function.CodeHash, false, null))
        : new(ManagementOutcome.NotFound, "It is not there.");

    private async Task<ManagementResult> CallAsync(string call, Func<ManagementResult> run)
    {
        _calls.Enqueue(call);
        await Within(call);
        if (Instead(call) is { } instead)
        {
            return instead;
        }

        var result = run();
        return Afterwards(call) ?? result;
    }

    internal sealed record Deployed(FunctionConfiguration Configuration, string CodeHash);
}
