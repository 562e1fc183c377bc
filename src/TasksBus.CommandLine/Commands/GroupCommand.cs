using System.CommandLine;

namespace TasksBus.Tool.Commands;

/// <summary>A command that has others below it and does nothing by itself.</summary>
internal abstract class GroupCommand(string name, string description) : Command(name, description), IWithExamples
{
    public abstract IReadOnlyList<Example> Examples { get; }
}
