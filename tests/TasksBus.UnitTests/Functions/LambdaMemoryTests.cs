using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>
/// What an invocation of the largest size allocates. It runs alone, because the allocations of other tests would count too.
/// </summary>
[CollectionDefinition(nameof(LambdaMemoryTests), DisableParallelization = true)]
[Collection(nameof(LambdaMemoryTests))]
public class LambdaMemoryTests
{
    private const int SixMegabytes = 6_291_456;

    [Fact]
    public async Task An_input_of_6_MB_is_sent_as_it_is_and_an_answer_of_6_MB_is_read_into_one_buffer()
    {
        var (input, answer) = (new byte[SixMegabytes], new byte[SixMegabytes]);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var invoker = Invocations.InvokerFor(new Uri($"http://{listener.LocalEndpoint}"));
        using var stopping = new CancellationTokenSource();
        var serving = ServeAsync(listener, answer, stopping.Token);
        var invocation = new FunctionInvocation("hello", input, Invocations.TimeLimit);
        // The first invocation pays for what is made once.
        await invoker.InvokeAsync(invocation, default);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var succeeded = Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(invocation, default));
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(SixMegabytes, succeeded.Payload.Length);
        // This allows the buffer of the answer and less than a tenth of it for everything else: nothing for the input.
        Assert.InRange(allocated, SixMegabytes, SixMegabytes * 1.1);
        await stopping.CancelAsync();
        await serving;
    }

    /// <summary>Reads requests without keeping them, and answers from the same buffer each time.</summary>
    private static async Task ServeAsync(TcpListener listener, byte[] answer, CancellationToken stopping)
    {
        var head = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\n\r\n"));
        var buffer = new byte[65_536];
        using var client = await listener.AcceptTcpClientAsync(stopping);
        var stream = client.GetStream();
        try
        {
            while (true)
            {
                // A request is its head and six megabytes. The head arrives alone or with the first of them.
                var (received, ends) = (0, -1);
                while (ends < 0 || received < ends + SixMegabytes)
                {
                    var read = await stream.ReadAsync(buffer, stopping);
                    if (read == 0)
                    {
                        return;
                    }

                    if (ends < 0 && buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8) is >= 0 and var at)
                    {
                        ends = received + at + 4;
                    }

                    received += read;
                }

                await stream.WriteAsync(head, stopping);
                await stream.WriteAsync(answer, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
