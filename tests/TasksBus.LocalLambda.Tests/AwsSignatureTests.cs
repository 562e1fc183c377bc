using TasksBus.LocalLambda.Http.Signatures;

namespace TasksBus.LocalLambda.Tests;

/// <summary>The signatures of AWS's own test suite, aws-sig-v4-test-suite, whose cases give their names.</summary>
public sealed class AwsSignatureTests
{
    private const string Nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData(
        "get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData(
        "get-header-value-trim", "GET", "/", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736", "my-header1: value1",
        "my-header2: \"a   b   c\"")]
    [InlineData(
        "get-header-key-duplicate", "GET", "/", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea", "my-header1:value2",
        "my-header1:value2", "my-header1:value1")]
    [InlineData("post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    public void A_request_is_signed_as_AWS_signs_it(string name, string method, string target, string signature, params string[] headers)
    {
        var all = headers.Append("host:example.amazonaws.com").Append("x-amz-date:20150830T123600Z")
            .Select(static header => header.Split(':', 2)).ToLookup(static pair => pair[0], static pair => pair[1]);
        var signed = all.Select(static header => header.Key).Order(StringComparer.Ordinal).ToList();

        var canonical = AwsSignature.Canonical(method, target, signed, header => all[header].ToArray(), Nothing);
        var actual = AwsSignature.Sign(
            canonical, "20150830T123600Z", "20150830/us-east-1/service/aws4_request", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

        Assert.True(signature == Convert.ToHexStringLower(actual), $"{name}: {canonical}");
    }

    [Fact]
    public void The_users_guides_example_has_its_signature()
    {
        // "Example signature calculations" of the AWS General Reference: ListUsers of IAM.
        var headers = new Dictionary<string, string>
        {
            ["content-type"] = "application/x-www-form-urlencoded; charset=utf-8",
            ["host"] = "iam.amazonaws.com",
            ["x-amz-date"] = "20150830T123600Z",
        };

        var canonical = AwsSignature.Canonical(
            "GET", "/?Action=ListUsers&Version=2010-05-08", [.. headers.Keys], name => headers[name], Nothing);

        Assert.Equal(
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
            AwsSignature.Hash(System.Text.Encoding.UTF8.GetBytes(canonical)));
        Assert.Equal(
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            Convert.ToHexStringLower(AwsSignature.Sign(
                canonical, "20150830T123600Z", "20150830/us-east-1/iam/aws4_request", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")));
    }

    [Fact]
    public void A_path_is_encoded_once_more_and_a_query_once()
    {
        var canonical = AwsSignature.Canonical(
            "POST", "/functions/hello%3A%24LATEST/invocations?b=%C3%BC%20x&a&b=1", [], _ => default, "hash");

        Assert.Equal("POST\n/functions/hello%253A%2524LATEST/invocations\na=&b=%C3%BC%20x&b=1\n\n\nhash", canonical);
    }
}
