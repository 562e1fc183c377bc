using System.Text;
using TasksBus.Functions;
using TasksBus.Lambda;

namespace TasksBus.UnitTests.Functions;

/// <summary>What the tests of the Lambda client share.</summary>
internal static class Invocations
{
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    /// <summary>How long a test waits for what must come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static FunctionInvocation Of(string functionName = "hello", string payload = "{}") =>
        new(functionName, Encoding.UTF8.GetBytes(payload), TimeLimit);

    public static LambdaOptions OptionsFor(Uri endpoint) =>
        new() { Endpoint = endpoint, Region = "eu-west-1", AccessKey = "AKIDEXAMPLE", SecretKey = "wJalrXUtnFEMI" };

    public static Invoker InvokerFor(Uri endpoint, TimeProvider? time = null) => InvokerFor(OptionsFor(endpoint), time);

    public static Invoker InvokerFor(LambdaOptions options, TimeProvider? time = null) => new(options, time ?? TimeProvider.System);

    /// <summary>Invokes once against the server with an invoker of its own.</summary>
    public static async Task<InvocationResult> InvokeAsync(
        this FaultyServer server, FunctionInvocation? invocation = null, CancellationToken cancellationToken = default)
    {
        using var invoker = InvokerFor(server.Address);
        return await invoker.InvokeAsync(invocation ?? Of(), cancellationToken);
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    public static string Text(this ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(payload.Span);

    /// <summary>The client with connections of its own.</summary>
    public sealed class Invoker : IFunctionInvoker, IDisposable
    {
        private readonly LambdaRequests _requests;
        private readonly LambdaInvoker _invoker;

        public Invoker(LambdaOptions options, TimeProvider time)
        {
            _requests = new(options, time);
            _invoker = new(options, _requests, time);
        }

        public void Dispose() => _requests.Dispose();

        public TimeSpan Margin => _invoker.Margin;

        public Task WarmUpAsync(CancellationToken cancellationToken) => _invoker.WarmUpAsync(cancellationToken);

        public Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken) =>
            _invoker.InvokeAsync(invocation, cancellationToken);
    }
}
