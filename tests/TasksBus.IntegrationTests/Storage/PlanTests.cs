using System.Globalization;
using System.Text.RegularExpressions;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>
/// The hot statements touch as little of large tables as of small ones, whatever the planner knew when it made their plans.
/// </summary>
[Collection(NeedsDatabase.Name)]
public sealed partial class PlanTests(LargeTables tables) : IClassFixture<LargeTables>
{
    /// <summary>
    /// How many pages of 8 KB each may touch for ten rows. The rescuer, which looks at all running tasks, is not among them.
    /// </summary>
    private static readonly Dictionary<string, int> s_pages = new()
    {
        ["hold"] = 100,
        ["claim-free"] = 500,
        ["cancel-free"] = 500,
        ["finish-free"] = 500,
        ["snooze-free"] = 500,
        ["claim"] = 400,
        ["cancel"] = 400,
        ["finish"] = 400,
        ["snooze"] = 400,
        ["insert"] = 600,
        ["insert-unless-known"] = 600,
        ["advance-schedules"] = 200,
        ["insert-ticks"] = 600,
        ["insert-successors"] = 600,
        ["insert-running"] = 600,
        ["write-api-requests"] = 600,
        ["write-logs"] = 200,
        ["write-events"] = 400,
        ["load"] = 400,
        ["load-without-input"] = 400,
        ["still-waiting"] = 200,
        ["view-pool"] = 300,
        ["view-pool-from"] = 300,
        ["walk-finished"] = 100,
        ["walk-task-logs"] = 100,
        ["walk-api-requests"] = 100,
        ["walk-api-request-logs"] = 100,
        ["remove-tasks"] = 600,
        ["remove-task-logs"] = 200,
        ["remove-api-requests"] = 400,
        ["remove-api-request-logs"] = 200,
        ["take-inbox"] = 600,
        ["delete-inbox"] = 50,
        ["refuse-inbox"] = 200,
        ["next-inbox"] = 50,
        ["next-inbox-from"] = 50,
        ["next-events"] = 50,
        ["delete-events"] = 50,
        ["mark-ready"] = 400,
        ["mark-ready-of-another-pool"] = 50,
        ["waiting-pools"] = 50,
        ["status-pools"] = 100,
        ["queue-place"] = 50,
        ["workers"] = 50,
    };

    internal static readonly Dictionary<string, HotStatement> Statements = HotStatements.Of(10)
        .Where(static statement => s_pages.ContainsKey(statement.Key)).ToDictionary();

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (var statement in Statements.Keys)
        {
            foreach (var when in Enum.GetNames<LargeTables.Planned>())
            {
                cases.Add(statement, when);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_hot_statement_goes_along_indexes_and_touches_few_pages(string statement, string planned)
    {
        var plan = tables.Plans[(statement, Enum.Parse<LargeTables.Planned>(planned))];

        Assert.Equal($"actual rows={Statements[statement].Rows ?? 1} ", Rows().Match(plan).Value);
        Assert.False(ScanOfLargeTable().IsMatch(plan), plan);
        var pages = Pages().Match(plan).Groups.Values.Skip(1)
            .Sum(static group => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0);
        Assert.True(pages > 0 && pages <= s_pages[statement], $"{pages} pages:\n{plan}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("status=new")]
    [InlineData("status=inProgress")]
    [InlineData("status=complete")]
    [InlineData("status=failed")]
    [InlineData("in(status,complete,failed)&limit(50,100)")]
    [InlineData("functionName=greet")]
    [InlineData("and(eq(functionName,greet),eq(status,complete))")]
    [InlineData("functionName=nothing&sort(-priority)")]
    [InlineData("id=000000000000000000000007")]
    [InlineData("in(id,000000000000000000000007,000000000000000000000008)&data.a=1")]
    [InlineData("tags=rare")]
    [InlineData("contains(tags,rare)&sort(-startTimestamp)")]
    [InlineData("tags=rare&status=complete")]
    [InlineData("data.n=4100")]
    [InlineData("in(data.n,4100,8200)&status=new&functionName=greet")]
    [InlineData("data.name.first=ann")]
    [InlineData("ge(creationTimestamp,epoch:100000000)&lt(creationTimestamp,epoch:100050000)")]
    [InlineData("gt(startTimestamp,epoch:400000000)&sort(priority)")]
    [InlineData("ne(data.n,4100)")]
    [InlineData("out(tags,rare)")]
    [InlineData("or(data.n=4100,functionName=greet)")]
    [InlineData("sort(startTimestamp)")]
    [InlineData("sort(-creationTimestamp)&limit(50,100)")]
    public void A_common_query_goes_along_indexes_and_touches_few_pages(string rql)
    {
        var plan = tables.QueryPlans[rql];

        Assert.False(ScanOfLargeTable().IsMatch(plan), plan);
        var pages = Pages().Match(plan).Groups.Values.Skip(1)
            .Sum(static group => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0);
        Assert.True(pages <= 700, $"{pages} pages:\n{plan}");
    }

    /// <summary>Planning a path of a few hundred parts step by step once took gigabytes.</summary>
    [Fact]
    public void A_path_of_any_length_is_planned_as_a_short_one()
    {
        var (few, many) =
            (tables.PathPlans[2].Count(static letter => letter == '\n'), tables.PathPlans[63].Count(static letter => letter == '\n'));
        Assert.Equal(few, many);
    }

    /// <summary>Compiling a query of a hundred conditions would take half a minute.</summary>
    [Fact]
    public void No_query_is_compiled() => Assert.Equal("off", tables.Jit);

    [GeneratedRegex("Seq Scan on (inbox|tasks|waiting_tasks|running_tasks|finished_tasks|task_logs|api_requests|api_request_logs)")]
    private static partial Regex ScanOfLargeTable();

    // The rows of the whole statement come first.
    [GeneratedRegex(@"actual rows=\d+ ")]
    private static partial Regex Rows();

    [GeneratedRegex(@"Buffers: shared (?:hit=(\d+))? ?(?:read=(\d+))?")]
    private static partial Regex Pages();
}
