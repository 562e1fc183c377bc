using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class FunctionNameTests
{
    [Theory]
    [InlineData("hello", null, null, "hello", null, "hello")]
    [InlineData("hello:live", null, null, "hello", "live", "hello")]
    [InlineData("hello:$LATEST", null, null, "hello", "$LATEST", "hello")]
    [InlineData("123456789012:function:hello", null, "123456789012", "hello", null, "123456789012:hello")]
    [InlineData("123456789012:function:hello:7", null, "123456789012", "hello", "7", "123456789012:hello")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:hello", "eu-west-1", "123456789012", "hello", null, "123456789012:hello")]
    [InlineData("arn:aws-cn:lambda:cn-north-1:123456789012:function:hello:live", "cn-north-1", "123456789012", "hello", "live", "123456789012:hello")]
    [InlineData("a:b:c:d:e", null, null, "a:b:c:d:e", null, "a:b:c:d:e")]
    [InlineData(":", null, null, "", "", "")]
    public void A_name_is_read_in_each_of_its_forms(string text, string? region, string? account, string name, string? qualifier, string key)
    {
        var function = FunctionName.Parse(text)!;

        Assert.Equal(new FunctionName(region, account, name, qualifier), function);
        Assert.Equal(key, function.Key);
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

        Assert.IsType<InvocationResult.Succeeded>(await server.InvokeAsync(Invocations.Of("arn:aws:lambda:us-east-1:123456789012:function:hello")));
    }
}
