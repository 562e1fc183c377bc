using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class SigningClockTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("InvalidSignatureException", 7 * 60, "0.00:07:00 behind AWS's")]
    [InlineData("InvalidSignatureException", -26 * 3_600, "1.02:00:00 ahead of AWS's")]
    [InlineData("SignatureDoesNotMatch", 3_600, "0.01:00:00 behind AWS's")]
    [InlineData("RequestExpired", 600, "0.00:10:00 behind AWS's")]
    public async Task A_clock_that_is_off_is_told_and_the_next_request_is_signed_with_the_right_time(string code, int seconds, string skew)
    {
        await using var server = ServerWithClock(code, s_now.AddSeconds(seconds));
        using var invoker = Invocations.InvokerFor(server.Address, new FakeTimeProvider(s_now));

        var later = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));
        Assert.Equal(code, later.Name);
        Assert.StartsWith("Signature expired.", later.Message, StringComparison.Ordinal);
        Assert.Contains($"This machine's clock is {skew}: set it (NTP).", later.Message, StringComparison.Ordinal);

        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Requests_that_were_under_way_when_the_clock_was_corrected_are_sent_again_too()
    {
        var arrived = new TaskCompletionSource();
        await using var server = FaultyServer.Start(async exchange =>
        {
            if (exchange.Number == 2)
            {
                arrived.SetResult();
            }

            await arrived.Task;
            await RefuseAsync(exchange, "InvalidSignatureException", s_now.AddHours(1));
        });
        using var invoker = Invocations.InvokerFor(server.Address, new FakeTimeProvider(s_now));

        var results = await Task.WhenAll(invoker.InvokeAsync(Invocations.Of(), default), invoker.InvokeAsync(Invocations.Of(), default));

        Assert.All(results, static result => Assert.IsType<InvocationResult.NotRunYet>(result));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public async Task A_signature_that_is_wrong_for_another_reason_is_not_blamed_on_the_clock(int seconds)
    {
        await using var server = FaultyServer.Start(
            exchange => RefuseAsync(exchange, "InvalidSignatureException", s_now.AddSeconds(seconds)));
        using var invoker = Invocations.InvokerFor(server.Address, new FakeTimeProvider(s_now));

        var refused = Assert.IsType<InvocationResult.NotInvoked>(await invoker.InvokeAsync(Invocations.Of(), default));

        Assert.Contains("Check the secret", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("clock", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_a_date_corrects_nothing()
    {
        await using var server = FaultyServer.Answering("403 Forbidden", "{}", "x-amzn-ErrorType: InvalidSignatureException");

        Assert.IsType<InvocationResult.NotInvoked>(await server.InvokeAsync());
    }

    /// <summary>Refuses requests that are signed five minutes off its own clock, as AWS does.</summary>
    private static FaultyServer ServerWithClock(string code, DateTimeOffset clock) => FaultyServer.Start(exchange =>
    {
        var signed = DateTimeOffset.ParseExact(
            exchange.Request.Headers["X-Amz-Date"], "yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return (signed - clock).Duration() < TimeSpan.FromMinutes(5)
            ? exchange.RespondAsync("200 OK", "null"u8.ToArray())
            : RefuseAsync(exchange, code, clock);
    });

    private static Task RefuseAsync(Exchange exchange, string code, DateTimeOffset clock) => exchange.RespondAsync(
        "403 Forbidden", """{"message":"Signature expired."}"""u8.ToArray(), $"x-amzn-ErrorType: {code}", $"Date: {clock:R}");
}
