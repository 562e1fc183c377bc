using TasksBus.Tool;
using TasksBus.UnitTests.Engine;

namespace TasksBus.UnitTests.Tool;

/// <summary>The command line in this process, with everything around it under the test's control.</summary>
internal sealed class ToolRun : IDisposable
{
    private readonly TempFolder _folder = new();

    public Dictionary<string, string> Variables { get; } = [];

    public FakeApi Api { get; } = new();

    public string Input { get; set; } = "";

    public bool IsTerminal { get; set; }

    public bool IsInputTerminal { get; set; }

    public int Width { get; set; } = 100;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public string ConfigFolder => _folder.Path;

    public string ProfileFile => Path.Combine(_folder.Path, "tasksbus", "profiles.json");

    public Surroundings Around(TextWriter output, TextWriter error) => new()
    {
        Input = new StringReader(Input),
        Output = output,
        Error = error,
        IsInputTerminal = IsInputTerminal,
        IsOutputTerminal = IsTerminal,
        IsErrorTerminal = IsTerminal,
        Width = Width,
        Variable = name => Variables.GetValueOrDefault(name),
        ConfigFolder = _folder.Path,
        Time = Time,
        Connect = () => Api,
    };

    public async Task<Ran> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        var code = await TasksBus.Tool.Tool.RunAsync(args, Around(output, error));
        return new(code, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        Api.Dispose();
        _folder.Dispose();
    }
}

internal sealed record Ran(int Code, string Output, string Error)
{
    public string[] Lines => Output.TrimEnd('\n').Split('\n');
}
