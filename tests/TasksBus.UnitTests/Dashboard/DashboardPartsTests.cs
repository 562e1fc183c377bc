using TasksBus.Contracts;
using TasksBus.Dashboard.Parts;
using TasksBus.Intake;
using TasksBus.Service.Operations;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

public class DashboardPartsTests
{
    private static readonly DateTimeOffset s_time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.0005, "under 1 ms")]
    [InlineData(0.25, "250 ms")]
    [InlineData(5.26, "5.3 s")]
    [InlineData(0.9996, "1.0 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59, "59 s")]
    [InlineData(59.6, "1 min")]
    [InlineData(120, "2 min")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(7_200, "2 h")]
    [InlineData(7_260, "2 h 1 min")]
    [InlineData(172_830, "2 d")]
    [InlineData(176_400, "2 d 1 h")]
    public void A_duration_has_its_two_largest_units(double seconds, string expected) =>
        Assert.Equal(expected, Words.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_count_that_stopped_says_so()
    {
        Assert.Equal("99,999", Words.Counted(99_999));
        Assert.Equal("100,000+", Words.Counted(100_000));
    }

    [Theory]
    [InlineData("""{"n":12345678901234567890.10}""", "12345678901234567890.10")]
    [InlineData("""{"t":"<b>ü</b>"}""", "<b>ü</b>")]
    [InlineData("""{"half":"\ud800"}""", "\\ud800")]
    public void JSON_is_shown_as_it_was_sent(string json, string expected) =>
        Assert.Contains(expected, Words.Pretty(json), StringComparison.Ordinal);

    [Fact]
    public void A_fields_fault_is_told_in_the_words_of_the_API()
    {
        static string Refused(TaskFields fields) =>
            Assert.Throws<CommandRefusedException>(() => fields.ToTask(null)).Refusal.Message;

        Assert.Contains("functionName is required", Refused(new()), StringComparison.Ordinal);
        Assert.Contains("data must be a JSON object", Refused(new() { Function = "f", Data = "[1]" }), StringComparison.Ordinal);
        Assert.Contains("It is not JSON", Refused(new() { Function = "f", Data = "{" }), StringComparison.Ordinal);
        Assert.Contains("priority must be", Refused(new() { Function = "f", Priority = "high" }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_fields_make_the_task_that_the_API_would_make()
    {
        TaskFields fields = new() { Function = " hello ", Data = """{"n":1.50}""", Priority = "-3", Tags = "a, b", Reference = "order 7" };

        var task = fields.ToTask(s_time);

        Assert.Equal(("hello", -3L, "order 7", s_time), (task.FunctionName, task.Priority, task.Reference, task.StartTimestamp));
        Assert.Equal(["a", "b"], task.Tags);
        Assert.Equal("""{"n":1.50}""", task.Data?.GetRawText());
    }

    [Fact]
    public void A_timeline_says_how_long_each_step_took()
    {
        TaskRecord task = new()
        {
            Status = TaskStates.Complete,
            CreationTimestamp = s_time,
            StartTimestamp = s_time.AddSeconds(60),
            StatusChangedTimestamp = s_time.AddSeconds(65),
        };
        var ran = TaskTimeline.RunIn("START\nREPORT RequestId: 1\tDuration: 2000.00 ms\tBilled Duration: 2000 ms\t\n");

        var steps = TaskTimeline.Of(task, ran, s_time.AddHours(1)).ToList();

        Assert.Equal(["Created", "Due", "Ran", "Complete"], steps.Select(static step => step.Name));
        Assert.Equal("for 2.0 s, by its log; it waited 3.0 s before", steps[2].Note);
        Assert.Equal("5.0 s after it was due", steps[3].Note);
    }

    [Theory]
    [InlineData("t\tid\tERROR\tInvoke Error \t{\"errorType\":\"E\",\"stack\":[\"E: x\",\"    at f\"]}\nEND", "E: x\n    at f")]
    [InlineData("t\tid\tERROR\tInvoke Error \t{\"stack\":[\"cut", null)]
    [InlineData("t\tid\tERROR\tInvoke Error \t{\"stack\":1}", null)]
    [InlineData("hello", null)]
    public void The_stack_of_an_error_is_found_in_the_log(string log, string? expected) => Assert.Equal(expected, ErrorStack.In(log));

    [Fact]
    public void A_wall_clock_is_read_in_the_viewers_zone()
    {
        var viewer = Viewer.Of("Europe/Brussels");

        Assert.Equal(new DateTimeOffset(2026, 7, 1, 10, 0, 0, TimeSpan.Zero), viewer.Moment(new(2026, 7, 1, 12, 0, 0)).ToUniversalTime());
        Assert.Equal(new(2026, 7, 1, 12, 0, 0), viewer.Local(new(2026, 7, 1, 10, 0, 0, TimeSpan.Zero)).DateTime);
        Assert.Same(Viewer.InUtc, Viewer.Of("Nowhere/At all"));
    }

    [Theory]
    [InlineData("sort(-priority)", "eq(status,failed)")]
    [InlineData("?in(tags,a,b)&sort(-priority)&limit(3)", "eq(status,failed)&in(tags,a,b)")]
    [InlineData("or(eq(tags,a)&x=1,eq(tags,sort(a))) & sort(x)", "eq(status,failed)&or(eq(tags,a)&x=1,eq(tags,sort(a)))")]
    [InlineData("name=%20x%20&skip_count()&sort%28priority%29", "eq(status,failed)&name=%20x%20")]
    [InlineData(null, "eq(status,failed)")]
    public void The_conditions_of_a_filter_have_no_order(string? rql, string expected) =>
        Assert.Equal(expected, new TaskFilter { Status = "failed", Rql = rql }.ToConditions());
}
