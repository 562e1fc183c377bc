using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class FunctionNameTests
{
    [Theory]
    [InlineData("hello", null, null, "hello", null)]
    [InlineData("hello:live", null, null, "hello", "live")]
    [InlineData("hello:$LATEST", null, null, "hello", "$LATEST")]
    [InlineData("123456789012:function:hello", null, "123456789012", "hello", null)]
    [InlineData("123456789012:function:hello:7", null, "123456789012", "hello", "7")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:hello", "eu-west-1", "123456789012", "hello", null)]
    [InlineData("arn:aws-cn:lambda:cn-north-1:123456789012:function:hello:live", "cn-north-1", "123456789012", "hello", "live")]
    [InlineData("a:b:c:d:e", null, null, "a:b:c:d:e", null)]
    [InlineData(":", null, null, "", "")]
    public void A_name_is_read_in_each_of_its_forms(string text, string? region, string? account, string name, string? qualifier) =>
        Assert.Equal(new FunctionName(region, account, name, qualifier), FunctionName.Parse(text));

    [Theory]
    [InlineData("hello:live", "123456789012", "hello")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:hello:7", "123456789012", "hello")]
    [InlineData("123456789012:function:hello", "123456789012", "hello")]
    [InlineData("999988887777:function:hello:live", "123456789012", "999988887777:hello")]
    [InlineData("hello", null, "hello")]
    [InlineData("999988887777:function:hello", null, "hello")]
    public void All_names_of_a_function_share_its_limits(string text, string? ownAccount, string key) =>
        Assert.Equal(key, FunctionName.Parse(text)!.KeyFor(ownAccount));

    [Fact]
    public void The_account_of_a_role_is_known_before_it_is_assumed()
    {
        using LambdaRequests requests = new(new()
        {
            Region = "eu-west-1",
            AccessKey = "AKID",
            SecretKey = "secret",
            AssumeRoleArn = "arn:aws:iam::123456789012:role/runner",
        }, TimeProvider.System);
        Assert.Equal("123456789012", requests.Account);
    }

    [Theory]
    [InlineData("123456789012:function:hello")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:hello:live")]
    public async Task A_limit_of_a_function_holds_however_it_is_named(string other)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously),
            release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = FaultyServer.Start(async exchange =>
        {
            asked.TrySetResult();
            await release.Task;
            await exchange.RespondAsync("200 OK", "null"u8.ToArray());
        });
        var options = Invocations.OptionsFor(server.Address);
        options.MaxConcurrencyPerFunction = 1;
        using var invoker = Invocations.InvokerFor(options);

        var first = invoker.InvokeAsync(Invocations.Of("hello"), default);
        await asked.Task.EndsAsync();
        var second = await invoker.InvokeAsync(Invocations.Of(other), default).EndsAsync();
        release.SetResult();

        Assert.Equal("FunctionBusy", Assert.IsType<InvocationResult.NotRunYet>(second).Name);
        Assert.IsType<InvocationResult.Succeeded>(await first.EndsAsync());
    }

    [Theory]
    [InlineData("arn:aws:s3:::bucket")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:layer:hello")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:hello:")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:hello:7:8")]
    [InlineData("arn:aws:lambda:::function:hello")]
    [InlineData("arn:")]
    public async Task An_ARN_of_something_else_is_refused_without_a_request(string text)
    {
        Assert.Null(FunctionName.Parse(text));
        await using var server = FaultyServer.Answering("200 OK", "null");

        var refused = Assert.IsType<InvocationResult.NotInvoked>(await server.InvokeAsync(Invocations.Of(text)));

        Assert.Equal("InvalidParameterValueException", refused.Name);
        Assert.Contains("arn:aws:lambda:REGION:ACCOUNT:function:NAME", refused.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task In_AWS_an_ARN_of_another_region_is_refused_naming_both()
    {
        using var invoker = Invocations.InvokerFor(new LambdaOptions { Region = "eu-west-1", AccessKey = "AKID", SecretKey = "secret" });

        var refused = Assert.IsType<InvocationResult.NotInvoked>(
            await invoker.InvokeAsync(Invocations.Of("arn:aws:lambda:us-east-1:123456789012:function:hello"), default));

        Assert.Equal("InvalidParameterValueException", refused.Name);
        Assert.Contains("of region us-east-1, but this service invokes functions in eu-west-1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_custom_endpoint_knows_its_own_functions_whatever_region_their_ARN_names()
    {
        await using var server = FaultyServer.Answering("200 OK", "null");

        Assert.IsType<InvocationResult.Succeeded>(
            await server.InvokeAsync(Invocations.Of("arn:aws:lambda:us-east-1:123456789012:function:hello")));
    }
}
