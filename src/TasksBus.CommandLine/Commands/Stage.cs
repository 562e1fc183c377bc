namespace TasksBus.Tool.Commands;

/// <summary>What every command gets: the options of all, and what is around the program.</summary>
internal sealed record Stage(GlobalOptions Options, Surroundings Around);
