using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Client;
using TasksBus.Tool.Connecting;
using TasksBus.Tool.Output;

namespace TasksBus.Tool;

/// <summary>One run of a command: what it writes to, and the server that it speaks to.</summary>
internal sealed class Session : IDisposable
{
    private readonly ParseResult _arguments;
    private readonly GlobalOptions _options;
    private readonly Lazy<Connection> _connection;
    private readonly Lazy<HttpMessageHandler> _handler;
    private readonly Lazy<ServerCalls> _calls;
    private ServiceProvider? _services;

    public Session(ParseResult arguments, GlobalOptions options, Surroundings around)
    {
        (_arguments, _options, Around) = (arguments, options, around);
        Screen = new(around);
        Profiles = new(around.ConfigFolder);
        if (arguments.GetValue(options.Key) is { Length: > 0 } key)
        {
            Screen.Hide(key);
        }

        _connection = new(Connect);
        _handler = new(around.Connect);
        _calls = new(() => new(Connection, _handler.Value, around.Time));
    }

    public Surroundings Around { get; }

    public Screen Screen { get; }

    public ProfileFile Profiles { get; }

    /// <exception cref="ToolException">A value is not valid, or there is no such profile.</exception>
    public Connection Connection => _connection.Value;

    public ServerCalls Calls => _calls.Value;

    /// <summary>The client of the server, for what must have one effect however often it is sent.</summary>
    /// <param name="retryFor">How long a call is tried again.</param>
    public ITasksBusClient Client(TimeSpan retryFor)
    {
        if (_services is null)
        {
            ServiceCollection services = new();
            services.AddSingleton(Around.Time);
            services.AddTasksBusClient(options =>
            {
                options.Address = Connection.Address;
                options.ApiKey = Connection.Key;
                options.RetryFor = retryFor;
            }).ConfigurePrimaryHttpMessageHandler(Around.Connect);
            _services = services.BuildServiceProvider();
        }

        return _services.GetRequiredService<ITasksBusClient>();
    }

    public void Dispose()
    {
        _services?.Dispose();
        if (_calls.IsValueCreated)
        {
            _calls.Value.Dispose();
        }

        if (_handler.IsValueCreated)
        {
            _handler.Value.Dispose();
        }
    }

    private Connection Connect()
    {
        var connection = Connection.Choose(
            _arguments.GetValue(_options.Server), _arguments.GetValue(_options.Key), _arguments.GetValue(_options.Profile), Around,
            Profiles.Read());
        if (connection.Key is { } key)
        {
            Screen.Hide(key);
        }

        if (connection.SendsKeyInTheOpen)
        {
            Screen.Warn($"the key goes to {connection.Address.Host} over http, where others can read it. Use https.");
        }

        if (connection is { Profile: not null, Key: not null } && Profiles.IsOpenToOthers)
        {
            Screen.Warn($"others may read {Profiles.FilePath}, which holds a key. Run: chmod 600 '{Profiles.FilePath}'");
        }

        return connection;
    }
}
