using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class LambdaOptionsTests
{
    private static readonly Uri Local = new("http://localhost:4003");

    [Fact]
    public void A_custom_endpoint_alone_is_enough() => Assert.Empty(new LambdaOptions { Endpoint = Local }.Validate());

    [Fact]
    public void A_region_alone_is_enough_and_leads_to_its_endpoint()
    {
        var options = new LambdaOptions { Region = "cn-north-1" };

        Assert.Empty(options.Validate());
        using var requests = new LambdaRequests(options, TimeProvider.System);
        Assert.Equal(new Uri("https://lambda.cn-north-1.amazonaws.com.cn"), requests.Endpoint);
    }

    [Fact]
    public void Each_fault_is_told_with_its_remedy()
    {
        AssertFault("Endpoint 'http://localhost/path' must be", new LambdaOptions { Endpoint = new Uri("http://localhost/path") });
        AssertFault("Endpoint 'ftp://localhost/' must be", new LambdaOptions { Endpoint = new Uri("ftp://localhost/") });
        AssertFault("Endpoint 'localhost' must be", new LambdaOptions { Endpoint = new Uri("localhost", UriKind.Relative) });
        AssertFault("belong together", new LambdaOptions { Endpoint = Local, AccessKey = "AKID" });
        AssertFault("belong together", new LambdaOptions { Endpoint = Local, SecretKey = "secret" });
        AssertFault("SessionToken needs", new LambdaOptions { Endpoint = Local, SessionToken = "token" });
        AssertFault("MaxConnections is 0", new LambdaOptions { Endpoint = Local, MaxConnections = 0 });
        AssertFault("ConnectTimeout is 00:00:00", new LambdaOptions { Endpoint = Local, ConnectTimeout = TimeSpan.Zero });
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
        var options = new LambdaOptions { Endpoint = Local, SecretKey = "verysecret", SessionToken = "verysecret" };

        Assert.DoesNotContain("verysecret", string.Concat(options.Validate()) + options, StringComparison.Ordinal);
    }

    private static void AssertFault(string expected, LambdaOptions options) =>
        Assert.Contains(expected, Assert.Single(options.Validate()), StringComparison.Ordinal);
}
