using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Storage;

/// <summary>Which policy applies to the name of a function.</summary>
public class FunctionPoliciesTests
{
    private static readonly FunctionPolicies s_functions = new(
        Guid.NewGuid(),
        [new("hello", Policy("111122223333")), new("local", Policy(null))],
        [new("render", "gpu"), new("render:slow", "cpu"), new("arn:aws:lambda:eu-west-1:111122223333:function:render:own", "own")]);

    [Theory]
    [InlineData("hello")]
    [InlineData("hello:$LATEST")]
    [InlineData("111122223333:function:hello")]
    [InlineData("111122223333:function:hello:$LATEST")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:hello")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:hello:$LATEST")]
    [InlineData("999988887777:function:local")]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:local:$LATEST")]
    public void What_leads_to_a_managed_function_is_that_function(string name)
    {
        Assert.True(s_functions.Contains(name));
        Assert.Equal(
            (false, 7L, "public"),
            (s_functions.Of(name).IsEnabled, s_functions.Of(name).DefaultPriority, s_functions.Of(name).PermissionMode));
    }

    [Theory]
    [InlineData("hello:7")]
    [InlineData("hello:live")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:hello:live")]
    public void A_version_or_an_alias_has_its_settings_but_lets_in_nobody_else_and_is_not_registered(string name)
    {
        Assert.False(s_functions.Contains(name));
        Assert.Equal(
            (false, 7L, "permissionRequired"),
            (s_functions.Of(name).IsEnabled, s_functions.Of(name).DefaultPriority, s_functions.Of(name).PermissionMode));
    }

    [Theory]
    [InlineData("Hello")]
    [InlineData("hello2")]
    [InlineData("999988887777:function:hello")]
    [InlineData("arn:aws:lambda:eu-west-1:999988887777:function:hello")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:layer:hello")]
    [InlineData("other:hello")]
    [InlineData("a:hello:c:d:e")]
    public void Another_function_is_none(string name)
    {
        Assert.False(s_functions.Contains(name));
        Assert.Same(FunctionPolicy.Unmanaged, s_functions.Of(name));
    }

    [Theory]
    [InlineData("render", "gpu")]
    [InlineData("render:$LATEST", "gpu")]
    [InlineData("render:slow", "cpu")]
    [InlineData("111122223333:function:render", "gpu")]
    [InlineData("111122223333:function:render:7", "gpu")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:render", "gpu")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:render:own", "own")]
    [InlineData("render:function:other", "default")]
    [InlineData("other:render", "default")]
    [InlineData("hello", "default")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:layer:render", "default")]
    public void A_pool_is_that_of_just_that_name_or_else_of_the_function_in_it(string name, string pool) =>
        Assert.Equal(pool, s_functions.PoolOf(name));

    private static FunctionPolicy Policy(string? account) =>
        new(false, TimeSpan.FromSeconds(5), 7, false, []) { PermissionMode = "public", Account = account };
}
