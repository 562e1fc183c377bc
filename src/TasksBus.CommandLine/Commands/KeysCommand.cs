using System.CommandLine;

namespace TasksBus.Tool.Commands;

/// <summary><c>keys</c>: says how API keys are made. The API offers no way to make them, so that no key can make another.</summary>
internal sealed class KeysCommand(Stage stage) : ToolCommand("keys", "Says how API keys are made, listed and revoked.", stage)
{
    private const string Text =
        """
        API keys are made where the server's database is, not over HTTP: so no key can make another.
        Run the server's own program there, with the settings of the server:

          dotnet TasksBus.Server.dll --new-api-key NAME --permissions CREATE_TASKS,VIEW_TASKS --expires 90d --store
          dotnet TasksBus.Server.dll --list-api-keys
          dotnet TasksBus.Server.dll --revoke-api-key NAME

        The first one shows the key, once. Put it into a profile, which asks for it and does not show it:

          tasksbus profile set NAME --server https://tasks.example --ask-key

        To read the status of the system a key needs VIEW_SYSTEM_STATUS. Permissions are those of the page on authentication.
        """;

    public override IReadOnlyList<Example> Examples { get; } = [];

    protected override Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        session.Screen.Line(Text);
        return Task.FromResult(ExitCode.Ok);
    }
}
