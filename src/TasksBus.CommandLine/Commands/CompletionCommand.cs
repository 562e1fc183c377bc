using System.CommandLine;

namespace TasksBus.Tool.Commands;

/// <summary><c>completion</c>: the script by which a shell completes commands.</summary>
internal sealed class CompletionCommand : ToolCommand
{
    private const string Bash =
        """
        # bash completion of tasksbus. Add to ~/.bashrc: eval "$(tasksbus completion bash)"
        _tasksbus() {
          local word
          COMPREPLY=()
          while IFS= read -r word; do COMPREPLY+=("$word"); done < <(tasksbus complete -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
        }
        complete -o default -F _tasksbus tasksbus
        """;

    private const string Zsh =
        """
        #compdef tasksbus
        # zsh completion of tasksbus. Add to ~/.zshrc, after compinit: eval "$(tasksbus completion zsh)"
        _tasksbus() {
          local -a found
          found=("${(@f)$(tasksbus complete -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
          if [[ -n "${found[1]}" ]]; then compadd -a found; else _files; fi
        }
        compdef _tasksbus tasksbus
        """;

    private const string Fish =
        """
        # fish completion of tasksbus. Run: tasksbus completion fish > ~/.config/fish/completions/tasksbus.fish
        function __tasksbus_complete
            set -l found (tasksbus complete --describe -- (commandline -cp) 2>/dev/null)
            if set -q found[1]
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c tasksbus -f -a '(__tasksbus_complete)'
        """;

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish" };

    public CompletionCommand(Stage stage)
        : base("completion", "Writes the script by which a shell completes commands, options and names of profiles.", stage)
    {
        Arguments.Add(_shell);
        _shell.CompletionSources.Add("bash", "zsh", "fish");
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("""eval "$(tasksbus completion bash)" """.TrimEnd(), "completes in this shell; in ~/.bashrc, in each"),
        new("tasksbus completion fish > ~/.config/fish/completions/tasksbus.fish", "installs it for fish"),
    ];

    protected override Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        session.Screen.Line(arguments.GetRequiredValue(_shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => throw ToolException.Usage("There are scripts for bash, zsh and fish."),
        });
        return Task.FromResult(ExitCode.Ok);
    }
}
