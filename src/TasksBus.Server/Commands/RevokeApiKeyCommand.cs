using System.CommandLine;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Server.Commands;

/// <summary><c>--revoke-api-key NAME</c>: ends a key in the database.</summary>
internal sealed class RevokeApiKeyCommand : ServerCommand
{
    private readonly Argument<string?> _name = new("NAME") { Arity = ArgumentArity.ZeroOrOne };

    public RevokeApiKeyCommand()
        : base("--revoke-api-key", "ends one, within seconds") => Arguments.Add(_name);

    public override string Usage => $"{Name} takes the name of one key; {ListApiKeysCommand.CommandName} shows them.";

    protected override async Task<string> RunAsync(ParseResult result)
    {
        if (result.GetValue(_name) is not { } name || !ApiKeySettings.IsName(name))
        {
            throw new StartException(Usage);
        }

        await using var database = await CommandDatabase.OpenAsync(CommandDatabase.Settings(SettingOption.AllOf(result)));
        return await database.ApiKeys.RemoveAsync(name)
            ? $"The key '{name}' is revoked: within seconds it lets nobody in, at any api of {database.Name}."
            : throw new StartException(
                $"There is no key '{name}' in {database.Name}; {ListApiKeysCommand.CommandName} shows those that are. A key that is in the "
                    + "settings ends when it is removed there.");
    }
}
