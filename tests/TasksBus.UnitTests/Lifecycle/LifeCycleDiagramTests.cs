using MassTransit;
using MassTransit.SagaStateMachine;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Tests.Lifecycle;
using Xunit;

namespace TasksBus.UnitTests.Lifecycle;

/// <summary>The documented diagram is made from the state machine.</summary>
public sealed class LifeCycleDiagramTests
{
    [Fact]
    public void The_documented_diagram_is_that_of_the_machine() =>
        Snapshot.Matches("ops/docs/life-cycle.md", Render(Arrows(new TaskLifecycle())), "```mermaid\n", "```");

    [Fact]
    public void The_machines_arrows_are_those_of_the_table()
    {
        var table = LifeOfATask.Moves.Select(static move => (move.Key.From, On: NameInMachine(move.Key.On.Split(',')[0]), To: move.Value))
            .ToHashSet();

        Assert.Equal(table.Order(), Arrows(new TaskLifecycle()).Order());
    }

    private static string NameInMachine(string message) => message switch
    {
        nameof(ScheduleRequested) => nameof(TaskLifecycle.Scheduled),
        nameof(TaskExecutedDirectly) => nameof(TaskLifecycle.ExecutedDirectly),
        nameof(TaskClaimed) => nameof(TaskLifecycle.Claimed),
        nameof(FunctionReturned) => nameof(TaskLifecycle.Returned),
        nameof(FunctionNotRun) => nameof(TaskLifecycle.NotRun),
        nameof(TimeLimitReached) => "TimeLimit.Received",
        _ => message,
    };

    /// <summary>
    /// The graph leads from a state to an event, and on to each state that the event can end in. Every event leaves one state only.
    /// </summary>
    private static HashSet<(string From, string On, string To)> Arrows(TaskLifecycle machine)
    {
        var graph = machine.GetGraph();
        var into = graph.Edges.Where(static edge => IsEvent(edge.To) && !IsEvent(edge.From))
            .ToLookup(static edge => edge.To.Title, static edge => edge.From.Title);
        var outOf = graph.Edges.Where(static edge => IsEvent(edge.From) && !IsEvent(edge.To));
        return [.. outOf.Select(edge => (Status(Assert.Single(into[edge.From.Title])), edge.From.Title, Status(edge.To.Title)))];
    }

    private static bool IsEvent(Vertex vertex) => typeof(Event).IsAssignableFrom(vertex.VertexType);

    private static string Status(string state) => state == "Initial" ? LifeOfATask.None : char.ToLowerInvariant(state[0]) + state[1..];

    private static string Render(IReadOnlySet<(string From, string On, string To)> arrows)
    {
        var states = TaskStates.All.Prepend(LifeOfATask.None).ToList();
        var lines = arrows.OrderBy(arrow => states.IndexOf(arrow.From))
            .ThenBy(arrow => states.IndexOf(arrow.To)).ThenBy(static arrow => arrow.On, StringComparer.Ordinal)
            .Select(static arrow => $"    {(arrow.From == LifeOfATask.None ? "[*]" : arrow.From)} --> {arrow.To}: {arrow.On}")
            .Concat(states.Where(state => arrows.All(arrow => arrow.From != state)).Select(static state => $"    {state} --> [*]"));
        return $"stateDiagram-v2\n{string.Join('\n', lines)}\n";
    }
}
