namespace TasksBus.Tool.Commands;

/// <summary>A command whose help shows examples.</summary>
internal interface IWithExamples
{
    IReadOnlyList<Example> Examples { get; }
}
