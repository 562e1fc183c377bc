using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using TasksBus.Server.Commands;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>A misspelt setting or option on the command line prevents the start.</summary>
public partial class SettingCheckTests
{
    private const string Secret = "s3cr3t";

    [Theory]
    [InlineData("--url is no option. Did you mean --urls?", "--url=http://localhost:8081")]
    [InlineData("--url is no option. Did you mean --urls?", "--url", "http://localhost:8081")]
    [InlineData("--TasksBus:WorkrSlots is no option. Did you mean --TasksBus:WorkerSlots?", "--TasksBus:WorkrSlots=5")]
    [InlineData("Did you mean --TasksBus:WorkerSlots?", "--TasksBus__WorkerSlots=5")]
    [InlineData("Did you mean --TasksBus:WorkerSlots?", "--TaskBus:WorkerSlots=5")]
    [InlineData("Did you mean --TasksBus:Lambda:Region?", "/TasksBus:Lambda:Regon=eu-west-1")]
    [InlineData("Did you mean --TasksBus:Retention:ApiRequests?", "--TasksBus:Retention:ApiRequest=01:00:00")]
    [InlineData("Did you mean --ConnectionStrings:rabbitmq?", "--ConnectionStrings:rabitmq=amqp://localhost")]
    [InlineData("Did you mean --list-api-keys?", "--list-apikeys")]
    [InlineData("--store is no option.", "--store")]
    [InlineData("in place 1 of the command line is no option", "@file")]
    [InlineData("in place 1 of the command line is no option", "[diagram]")]
    [InlineData("in place 1 of the command line is no option", "--", "--urls=http://localhost:8081")]
    [InlineData("in place 2 of the command line is no option", "--list-api-keys", "billing")]
    [InlineData("--TasksBus:QuorumQueues has no value", "--TasksBus:QuorumQueues")]
    [InlineData("--TasksBus:QuorumQueues has no value", "--TasksBus:QuorumQueues", "--urls=http://localhost:8081")]
    [InlineData("in place 1 of the command line is no option", "serve")]
    [InlineData("in place 2 of the command line is no option", "--urls=http://localhost:8081", Secret)]
    [InlineData("in place 2 of the command line is no option", "--ConnectionStrings:tasksbus=Host=x;Password=a", $"{Secret}=b")]
    [InlineData("in place 1 of the command line is no option", "-urls=http://localhost:8081")]
    public void An_option_that_nobody_reads_is_told_with_the_nearest_name(string expected, params string[] args)
    {
        var message = Assert.Throws<StartException>(() => CommandLine.Parse(args, TimeProvider.System)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "--urls=http://localhost:8081", "--TasksBus:Pools:gpu:0=render", "--tasksbus:workerslots", "5", "--Logging:LogLevel:Default=None",
        "--Kestrel:Endpoints:A:Url=http://localhost:1")]
    [InlineData(
        "--TasksBus:Pool=a", "--TasksBus:Pool=b", "--TasksBus:Lambda:UseFips=", "--TasksBus:DataPath", "a=b",
        "--ConnectionStrings:tasksbus", "Host=x;Password=a b")]
    [InlineData(
        "--environment=Development", "--contentRoot=/", "--applicationName=x", "/urls=http://localhost:8081", "urls=http://localhost:8081",
        "--AllowedHosts=*", "--shutdownTimeoutSeconds=5")]
    [InlineData(
        "--TasksBus:ApiKeys:0:Name=x", "--TasksBus:Jwt:Audience:1=x", "--TasksBus:Jwt:Audience=x", "--TasksBus:Cors:Origins:0=x",
        "--TasksBus:Events:3=x", "--TasksBus:TrustedProxies=x")]
    public void Options_of_ours_and_of_the_host_pass(params string[] args) => CommandLine.Parse(args, TimeProvider.System);

    [Fact]
    public void The_last_value_of_an_option_counts_however_it_is_written() =>
        Assert.Equal(
            ["--TasksBus:Pool=c"],
            SettingOption.AllOf(CommandLine.Parse(["--TasksBus:Pool=a", "tasksbus:pool=b", "/TasksBus:POOL=c"], TimeProvider.System)));

    [Theory]
    [InlineData("TasksBus:WorkrSlots is no setting. Did you mean TasksBus:WorkerSlots?", "TasksBus:WorkrSlots=5")]
    [InlineData("TasksBus:Pool:gpu is no setting.", "TasksBus:Pool:gpu=render")]
    [InlineData("TasksBus:Lambda:Retry is no setting", "TasksBus:Lambda:Retry=3")]
    [InlineData("TasksBus:Jwt:Isuer is no setting. Did you mean TasksBus:Jwt:Issuer?", "TasksBus:Jwt:Isuer=x")]
    [InlineData("TasksBus:Cors:Origin is no setting. Did you mean TasksBus:Cors:Origins?", "TasksBus:Cors:Origin=x")]
    [InlineData("TasksBus:Events has settings of its own, such as TasksBus:Events:0", "TasksBus:Events=TaskStarted")]
    [InlineData("TasksBus:Retention has settings of its own", "TasksBus:Retention=30.00:00:00")]
    [InlineData("TaskBus is no section of settings. Did you mean TasksBus?", "TaskBus:WorkerSlots=5")]
    [InlineData(
        "ConnectionString is no section of settings. Did you mean ConnectionStrings?",
        $"ConnectionString:tasksbus=Host=x;Password={Secret}")]
    [InlineData(
        "ConnectionStrings:rabitmq is no setting. Did you mean ConnectionStrings:rabbitmq?",
        $"ConnectionStrings:rabitmq=amqp://a:{Secret}@b")]
    [InlineData("TasksBus_WorkerSlots is no setting: in the environment two underscores stand between a setting's parts. "
        + "Did you mean TasksBus:WorkerSlots?", "TasksBus_WorkerSlots=5")]
    [InlineData("TasksBus:WorkerSlots is abc; it must be a whole number from 1 to 10,000.", "TasksBus:WorkerSlots=abc")]
    [InlineData("TasksBus:WorkerSlots is empty; it must be a whole number from 1 to 10,000.", "TasksBus:WorkerSlots=")]
    [InlineData("TasksBus:WorkerSlots is 1e9; it must be", "TasksBus:WorkerSlots=1e9")]
    [InlineData("TasksBus:WorkerLease is 20s; it must be a time from 00:00:05 to 00:05:00.", "TasksBus:WorkerLease=20s")]
    [InlineData(
        "TasksBus:Retention:Tasks is soon; it must be a time from 1.00:00:00 (a day) to 36525.00:00:00", "TasksBus:Retention:Tasks=soon")]
    [InlineData("TasksBus:QuorumQueues is yes; it must be true or false.", "TasksBus:QuorumQueues=yes")]
    [InlineData(
        "TasksBus:Lambda:MaxConnections is many; it must be a whole number from 1 to 65,535.", "TasksBus:Lambda:MaxConnections=many")]
    [InlineData("TasksBus:Lambda:Proxy must be an absolute http or https address", $"TasksBus:Lambda:Proxy=http://user:{Secret}@:x")]
    [InlineData("TasksBus:RequireAuthentication is perhaps; it must be true or false.", "TasksBus:RequireAuthentication=perhaps")]
    public void A_setting_that_nobody_reads_or_that_cannot_be_converted_is_told_and_no_type_or_secret_is_named(
        string expected, string setting)
    {
        var message = Assert.Throws<StartException>(() => SettingCheck.Run(Settings(setting))).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TasksBus:WorkerSlots=5", "TasksBus:Pools:any-name:0=a", "TasksBus:Lambda:UseFips=", "TasksBus:Events=", "TasksBus:Pools=")]
    [InlineData(
        "Logging:Console:FormatterName=json", "Serilog:MinimumLevel=Debug", "PATH=/bin", "TASKSBUS_WORKER_SLOTS=40",
        "ConnectionStrings:others=x", "Tasks:Url=x", "URL=http://localhost")]
    [InlineData("TasksBus:ApiKeys:0:Anything=that its own reader looks at")]
    public void What_is_known_or_is_another_programs_passes(params string[] settings) => SettingCheck.Run(Settings(settings));

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var message = Assert.Throws<StartException>(
            () => SettingCheck.Run(Settings("TasksBus:WorkerSlot=1", "TasksBus:WorkerLease=x"))).Message;

        Assert.Contains("WorkerSlots?", message, StringComparison.Ordinal);
        Assert.Contains("WorkerLease is x", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_that_the_help_names_is_known()
    {
        var options = HelpOption().Matches(Help.Text).Select(static match => match.Groups[1].Value).ToList();

        Assert.True(options.Count > 30, $"The help names {options.Count} settings.");
        CommandLine.Parse([.. options.Select(static option => $"--{option}=1")], TimeProvider.System);
    }

    [Fact]
    public void Every_setting_of_ours_is_described_with_its_range_and_default_in_the_help()
    {
        Assert.All(KnownSettings.Ours.Where(
            static setting => !setting.IsOpen && !KnownSettings.Ours.Any(other => $"{other.Name}:0" == setting.Name)), static setting =>
        {
            Assert.False(string.IsNullOrEmpty(setting.Description), setting.Name);
            Assert.Contains($"  --{setting.Name}={setting.Value}", Help.Text, StringComparison.Ordinal);
            Assert.Contains(
                $"{setting.Description}{(setting.Range is null ? "" : $"; {setting.Range}")} ({setting.Default})\n", Help.Text,
                StringComparison.Ordinal);
        });
        Assert.Contains(
            "  --TasksBus:WorkerSlots=N           functions that run at once; a whole number from 1 to 10,000 (20 a core)\n", Help.Text,
            StringComparison.Ordinal);
        Assert.Contains("  --TasksBus:FunctionShare=N         how much of these two one function may take, rounded up; "
            + "a whole number from 1 to 100, in per cent (50)\n", Help.Text, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params string[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => setting.Split('=', 2))
            .Select(static pair => KeyValuePair.Create(pair[0], (string?)pair[1]))).Build();

    [GeneratedRegex(@"^ +--([A-Za-z][A-Za-z0-9:]+)=", RegexOptions.Multiline)]
    private static partial Regex HelpOption();
}
