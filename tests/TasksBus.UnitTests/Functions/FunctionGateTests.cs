using Microsoft.Extensions.Time.Testing;
using TasksBus.Functions;
using TasksBus.Lambda;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class FunctionGateTests
{
    private static readonly InvocationResult s_success = new InvocationResult.Succeeded("null"u8.ToArray(), null, null);
    private static readonly InvocationResult s_throttled = new InvocationResult.NotRunYet("TooManyRequestsException", "Rate Exceeded.");
    private static readonly InvocationResult s_refused = new InvocationResult.NotRunYet("ConnectionFailed", "No connection.");

    private readonly FakeTimeProvider _time = new();
    private readonly FunctionGates _gates;

    public FunctionGateTests() => _gates = new(null, _time);

    [Fact]
    public void Five_throttled_answers_in_a_row_close_the_gate_of_that_function_only()
    {
        Throttle(4);
        Assert.Null(Try());
        Throttle(1);

        var closed = Assert.IsType<InvocationResult.NotRunYet>(Try());
        Assert.Equal("TooManyRequestsException", closed.Name);
        Assert.StartsWith("Lambda put off 'hello' 5 times in a row", closed.Message, StringComparison.Ordinal);
        Assert.EndsWith("Rate Exceeded.", closed.Message, StringComparison.Ordinal);
        Assert.InRange(closed.RetryAfter!.Value, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.1));
        Assert.Null(Try("other"));
    }

    [Theory]
    [MemberData(nameof(NoThrottles))]
    public void An_answer_of_another_kind_in_between_starts_the_count_anew(InvocationResult answer)
    {
        Throttle(4);
        Run(answer);
        Throttle(4);

        Assert.Null(Try());
    }

    public static TheoryData<InvocationResult> NoThrottles =>
    [
        new InvocationResult.Succeeded("null"u8.ToArray(), null, null),
        new InvocationResult.FunctionFailed("Error", "It broke.", null, null),
        new InvocationResult.NotInvoked("ResourceNotFoundException", "gone"),
        new InvocationResult.Unknown("ServiceException", "internal error"),
    ];

    [Fact]
    public void Refused_connections_say_nothing_of_a_function()
    {
        for (var i = 0; i < 20; i++)
        {
            Run(s_refused);
        }

        Assert.Null(Try());
    }

    [Fact]
    public void After_the_pause_one_trial_is_let_through_and_its_success_opens_the_gate()
    {
        Throttle(5);
        _time.Advance(TimeSpan.FromSeconds(1));

        var trial = Enter();
        Assert.NotNull(Try());
        _gates.Leave(trial, s_success);

        for (var i = 0; i < 20; i++)
        {
            Enter();
        }
    }

    [Fact]
    public void Each_trial_that_is_throttled_too_doubles_the_pause_up_to_half_a_minute()
    {
        Throttle(5);
        foreach (var pause in (double[])[1, 2, 4, 8, 16, 30, 30])
        {
            _time.Advance(TimeSpan.FromSeconds(pause / 2) - TimeSpan.FromMilliseconds(1));
            Assert.NotNull(Try());
            _time.Advance(TimeSpan.FromSeconds(pause / 2) + TimeSpan.FromMilliseconds(1));
            Throttle(1);
        }
    }

    [Fact]
    public void A_longer_Retry_After_is_heeded_up_to_a_minute()
    {
        Throttle(5, TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.NotNull(Try());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Throttle(1, TimeSpan.FromHours(1));
        _time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.NotNull(Try());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(Try());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_trial_that_never_got_as_far_as_the_function_makes_way_for_another(bool givenUp)
    {
        Throttle(5);
        _time.Advance(TimeSpan.FromSeconds(1));
        _gates.Leave(Enter(), givenUp ? null : s_refused);

        Enter();
        Assert.NotNull(Try());
    }

    [Fact]
    public void A_trial_that_runs_for_a_while_was_let_in_and_keeps_nobody_waiting()
    {
        Throttle(5);
        _time.Advance(TimeSpan.FromSeconds(1));
        Enter();

        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.NotNull(Try());
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(Try());
        Assert.Null(Try());
    }

    [Fact]
    public void One_that_ends_while_the_gate_is_closed_makes_room_for_others()
    {
        var running = Enter();
        Throttle(5);
        Assert.NotNull(Try());

        _gates.Leave(running, s_success);

        Assert.Null(Try());
    }

    [Fact]
    public void Answers_to_those_that_were_on_their_way_when_the_gate_closed_do_not_prolong_the_pause()
    {
        var late = Enumerable.Range(0, 50).Select(_ => Enter()).ToList();
        Throttle(5);
        _time.Advance(TimeSpan.FromSeconds(0.4));
        late.ForEach(pass => _gates.Leave(pass, s_throttled));
        _time.Advance(TimeSpan.FromSeconds(0.6));

        Enter();
    }

    [Fact]
    public void Those_turned_away_come_back_spread_over_more_time_the_more_they_are()
    {
        Throttle(5);
        var waits = Enumerable.Range(0, 1_000).Select(_ => Try()!.RetryAfter!.Value).ToList();

        Assert.All(waits.Take(10), static wait => Assert.InRange(wait, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.3)));
        Assert.True(waits.TakeLast(100).Max() - waits.TakeLast(100).Min() > TimeSpan.FromSeconds(5));
        Assert.All(waits, static wait => Assert.InRange(wait, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(31)));
    }

    [Fact]
    public void Of_one_function_no_more_than_allowed_are_in_flight_whatever_their_version()
    {
        var gates = new FunctionGates(2, _time);
        Assert.Null(gates.TryEnter("hello", out var first));
        Assert.Null(gates.TryEnter("hello", out _));

        var busy = gates.TryEnter("hello", out _);
        Assert.Equal("FunctionBusy", busy!.Name);
        Assert.Contains("2 times already, as many as MaxConcurrencyPerFunction allows", busy.Message, StringComparison.Ordinal);
        Assert.True(busy.RetryAfter > TimeSpan.Zero);
        Assert.Null(gates.TryEnter("other", out _));

        gates.Leave(first, s_success);
        Assert.Null(gates.TryEnter("hello", out _));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_time_of_day_that_leaps_neither_opens_the_gate_nor_keeps_it_closed(int days)
    {
        MovedClock clock = new();
        FunctionGates gates = new(null, clock);
        for (var i = 0; i < FunctionGates.ThrottlesToClose; i++)
        {
            Assert.Null(gates.TryEnter("hello", out var pass));
            gates.Leave(pass, ((InvocationResult.NotRunYet)s_throttled) with { RetryAfter = TimeSpan.FromSeconds(50) });
        }

        clock.Advance(TimeSpan.FromDays(days));
        var closed = gates.TryEnter("hello", out _);
        Assert.InRange(closed!.RetryAfter!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(51));
        clock.Pass(TimeSpan.FromSeconds(50));
        Assert.Null(gates.TryEnter("hello", out _));
    }

    [Fact]
    public void Nothing_is_remembered_of_functions_that_work()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(_gates.TryEnter($"function-{i}", out var pass));
            _gates.Leave(pass, s_success);
        }

        Assert.Equal(0, _gates.Count);
    }

    [Fact]
    public void However_many_functions_are_throttled_few_are_remembered()
    {
        for (var i = 0; i < 20_000; i++)
        {
            Assert.Null(_gates.TryEnter($"function-{i}", out var pass));
            _gates.Leave(pass, s_throttled);
        }

        Assert.InRange(_gates.Count, 1, FunctionGates.Remembered);
    }

    private InvocationResult.NotRunYet? Try(string function = "hello") => _gates.TryEnter(function, out _);

    private FunctionGates.Pass Enter()
    {
        Assert.Null(_gates.TryEnter("hello", out var pass));
        return pass;
    }

    private void Run(InvocationResult result) => _gates.Leave(Enter(), result);

    private void Throttle(int times, TimeSpan? retryAfter = null)
    {
        for (var i = 0; i < times; i++)
        {
            Run(((InvocationResult.NotRunYet)s_throttled) with { RetryAfter = retryAfter });
        }
    }
}
