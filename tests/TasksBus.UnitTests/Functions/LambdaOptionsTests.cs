using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.Lambda;
using TasksBus.Settings;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class LambdaOptionsTests
{
    private const string Role = "arn:aws:iam::123456789012:role/service/tasksbus";

    private static readonly Uri Local = new("http://localhost:4003");

    [Fact]
    public void A_custom_endpoint_alone_is_enough() => Assert.Empty(Faults(new LambdaOptions { Endpoint = Local }));

    [Theory]
    [InlineData("eu-west-1", null, null, "lambda.eu-west-1.amazonaws.com")]
    [InlineData("eu-west-1", true, null, "lambda.eu-west-1.api.aws")]
    [InlineData("us-east-1", null, true, "lambda-fips.us-east-1.amazonaws.com")]
    [InlineData("us-east-1", true, true, "lambda-fips.us-east-1.api.aws")]
    [InlineData("us-east-1", false, false, "lambda.us-east-1.amazonaws.com")]
    [InlineData("cn-north-1", null, null, "lambda.cn-north-1.amazonaws.com.cn")]
    [InlineData("cn-north-1", true, null, "lambda.cn-north-1.api.amazonwebservices.com.cn")]
    [InlineData("us-gov-west-1", null, true, "lambda-fips.us-gov-west-1.amazonaws.com")]
    [InlineData("us-gov-east-1", true, null, "lambda.us-gov-east-1.api.aws")]
    [InlineData("us-iso-east-1", null, null, "lambda.us-iso-east-1.c2s.ic.gov")]
    [InlineData("eu-north-99", null, null, "lambda.eu-north-99.amazonaws.com")]
    public void A_region_alone_is_enough_and_leads_to_its_endpoint(string region, bool? dualStack, bool? fips, string host)
    {
        var options = new LambdaOptions { Region = region, UseDualStack = dualStack, UseFips = fips };

        Assert.Empty(Faults(options));
        using var requests = new LambdaRequests(options, TimeProvider.System);
        Assert.Equal(new Uri($"https://{host}"), requests.Endpoint);
        Assert.True(requests.IsInAws);
    }

    [Fact]
    public void Each_fault_is_told_with_its_remedy()
    {
        AssertFault(
            "TasksBus:Lambda:Endpoint is http://localhost/path; it must be",
            new LambdaOptions { Endpoint = new Uri("http://localhost/path") });
        AssertFault("Endpoint is ftp://localhost/; it must be", new LambdaOptions { Endpoint = new Uri("ftp://localhost/") });
        AssertFault("Endpoint is localhost; it must be", new LambdaOptions { Endpoint = new Uri("localhost", UriKind.Relative) });
        AssertFault(
            "TasksBus:Lambda:Endpoint must be an absolute http or https address without user",
            new LambdaOptions { Endpoint = new Uri("http://user:verysecret@localhost") });
        AssertFault("belong together", new LambdaOptions { Endpoint = Local, AccessKey = "AKID" });
        AssertFault("belong together", new LambdaOptions { Endpoint = Local, SecretKey = "secret" });
        AssertFault("SessionToken needs", new LambdaOptions { Endpoint = Local, SessionToken = "token" });
        AssertFault("choose among AWS's own endpoints", new LambdaOptions { Endpoint = Local, UseFips = true });
        AssertFault("choose among AWS's own endpoints", new LambdaOptions { Endpoint = Local, UseDualStack = true });
        AssertFault("us-iso-east-1, which has no dual-stack endpoint", new LambdaOptions { Region = "us-iso-east-1", UseDualStack = true });
        AssertFault(
            "AssumeRoleArn is admin; it must be the ARN of a role", new LambdaOptions { Endpoint = Local, AssumeRoleArn = "admin" });
        AssertFault(
            "AssumeRoleExternalId has 2 to 1224 characters",
            new LambdaOptions { Endpoint = Local, AssumeRoleArn = Role, AssumeRoleExternalId = "x" });
        AssertFault("needs AssumeRoleArn", new LambdaOptions { Endpoint = Local, AssumeRoleExternalId = "from-them" });
        AssertFault("AssumeRoleSessionName is a b; it must be", new LambdaOptions { Endpoint = Local, AssumeRoleSessionName = "a b" });
        AssertFault("AssumeRoleSessionName is empty; it must be", new LambdaOptions { Endpoint = Local, AssumeRoleSessionName = "" });
        AssertFault(
            "ExecutionRole is functions; it must be the ARN of a role",
            new LambdaOptions { Endpoint = Local, ExecutionRole = "functions" });
        AssertFault(
            "Proxy is socks5://proxy:1080; it must be an absolute http or https address",
            new LambdaOptions { Endpoint = Local, Proxy = new Uri("socks5://proxy:1080") });
        AssertFault("MaxConcurrencyPerFunction is 0", new LambdaOptions { Endpoint = Local, MaxConcurrencyPerFunction = 0 });
        AssertFault(
            "MaxConnections is 0; it must be a whole number from 1 to 65,535.", new LambdaOptions { Endpoint = Local, MaxConnections = 0 });
        AssertFault(
            "ConnectTimeout is 00:00:00; it must be a time from 00:00:00.100 to 00:05:00.",
            new LambdaOptions { Endpoint = Local, ConnectTimeout = TimeSpan.Zero });
        AssertFault("AnswerMargin is -00:00:01", new LambdaOptions { Endpoint = Local, AnswerMargin = TimeSpan.FromSeconds(-1) });
    }

    [Fact]
    public void Faulty_options_are_told_when_the_invoker_is_made()
    {
        var services = new ServiceCollection();
        services.AddLambdaInvoker().Configure(options =>
        {
            options.Endpoint = Local;
            options.MaxConnections = -1;
        });
        using var provider = services.BuildServiceProvider();

        Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IFunctionInvoker>);
    }

    [Fact]
    public void Secrets_are_in_no_message()
    {
        var options = new LambdaOptions
        {
            Endpoint = Local,
            SecretKey = "verysecret",
            SessionToken = "verysecret",
            Proxy = new Uri("ftp://user:verysecret@proxy"),
        };

        Assert.DoesNotContain("verysecret", string.Concat(Faults(options)) + options, StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_with_all_that_belongs_to_it_is_taken() => Assert.Empty(
        Faults(new LambdaOptions
        {
            Endpoint = Local,
            AssumeRoleArn = Role,
            AssumeRoleExternalId = "from-them",
            AssumeRoleSessionName = "tasks@bus",
            ExecutionRole = Role,
        }));

    private static IEnumerable<string> Faults(LambdaOptions options) => SettingFaults.Of(options, LambdaOptions.Section);

    private static void AssertFault(string expected, LambdaOptions options) =>
        Assert.Contains(expected, Assert.Single(Faults(options)), StringComparison.Ordinal);
}
