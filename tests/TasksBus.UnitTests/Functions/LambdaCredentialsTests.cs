using System.Text;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>The sources of credentials, each against a server or a file of the test's own. No other test reads what these set.</summary>
public sealed class LambdaCredentialsTests : IDisposable
{
    private static readonly string[] s_variables =
    [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_EC2_METADATA_DISABLED",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_SESSION_NAME",
        "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SSO", "AWS_REGION",
    ];

    private readonly Dictionary<string, string?> _before = s_variables.ToDictionary(
        static name => name, Environment.GetEnvironmentVariable);

    public LambdaCredentialsTests()
    {
        foreach (var name in s_variables)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        AwsFiles.Clear();
    }

    [Fact]
    public async Task Without_credentials_a_task_waits_and_runs_once_there_are_some()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        using var invoker = InvokerFor(lambda);

        var waiting = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));
        Assert.Equal("CredentialsUnavailable", waiting.Name);
        Assert.StartsWith("No AWS credentials: set AccessKey and SecretKey", waiting.Message, StringComparison.Ordinal);
        Assert.Empty(lambda.Requests);

        Set("AWS_ACCESS_KEY_ID", "AKIDCHAIN");
        Set("AWS_SECRET_ACCESS_KEY", "secret");
        await InvokesAsAsync("AKIDCHAIN", null, invoker, lambda);
    }

    [Fact]
    public async Task A_profile_is_read_and_read_again_when_its_file_changes()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        using var invoker = InvokerFor(lambda);
        Set("AWS_PROFILE", "tasks");

        Profile("credentials", "[tasks]\naws_access_key_id = AKIDONE\naws_secret_access_key = secret\n");
        await InvokesAsAsync("AKIDONE", null, invoker, lambda);

        Profile("credentials", "[tasks]\naws_access_key_id = AKIDTWO\naws_secret_access_key = secret\naws_session_token = token2\n");
        await Eventually.TrueAsync(async () =>
        {
            await invoker.InvokeAsync(Invocations.Of(), default);
            return lambda.Requests[^1].Headers["Authorization"].Contains("Credential=AKIDTWO/", StringComparison.Ordinal);
        }, "the new keys are used");
        Assert.Equal("token2", lambda.Requests[^1].Headers["X-Amz-Security-Token"]);
    }

    [Fact]
    public async Task A_profile_may_assume_a_role()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        await using var sts = Sts(_ => TimeSpan.FromHours(1));
        Set("AWS_PROFILE", "tasks");
        Profile("credentials", "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = secret\n\n"
            + "[tasks]\nrole_arn = arn:aws:iam::123456789012:role/runner\nsource_profile = base\n");
        using var invoker = InvokerFor(lambda);

        await InvokesAsAsync("ASIA1", "token1", invoker, lambda);

        Assert.Contains("Action=AssumeRole&", Body(sts.Requests[0]), StringComparison.Ordinal);
        Assert.Contains("Credential=AKIDBASE/", sts.Requests[0].Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_identity_is_exchanged_for_a_role()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        await using var sts = Sts(_ => TimeSpan.FromHours(1));
        Profile("token", "the-identity");
        Set("AWS_WEB_IDENTITY_TOKEN_FILE", Path.Combine(AwsFiles.Folder, "token"));
        Set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod");
        Set("AWS_ROLE_SESSION_NAME", "pod-1");
        using var invoker = InvokerFor(lambda);

        await InvokesAsAsync("ASIA1", "token1", invoker, lambda);

        var request = Assert.Single(sts.Requests);
        Assert.Contains("Action=AssumeRoleWithWebIdentity&", Body(request), StringComparison.Ordinal);
        Assert.Contains("WebIdentityToken=the-identity", Body(request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_containers_credentials_are_fetched_and_renewed_once_they_expire()
    {
        var number = 0;
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        // The first lives for a moment.
        await using var container = FaultyServer.Start(exchange => exchange.RespondAsync("200 OK", Encoding.UTF8.GetBytes(
            $$"""
            {"AccessKeyId":"ASIA{{++number}}","SecretAccessKey":"secret","Token":"token{{number}}",
            "Expiration":"{{Now.AddSeconds(number == 1 ? 2 : 3600):yyyy-MM-ddTHH:mm:ssZ}}"}
            """),
            "Content-Type: application/json"));
        Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{container.Address}v1/credentials");
        Set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token");
        using var invoker = InvokerFor(lambda);

        await Eventually.TrueAsync(async () =>
        {
            Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default));
            return lambda.Requests[^1].Headers["X-Amz-Security-Token"] == "token2";
        }, "the second credentials are used");
        await InvokesAsAsync("ASIA2", "token2", invoker, lambda);

        Assert.Equal("token1", lambda.Requests[0].Headers["X-Amz-Security-Token"]);
        Assert.Equal(2, container.Requests.Count);
        Assert.All(container.Requests, static request => Assert.Equal("container-token", request.Headers["Authorization"]));
    }

    [Fact]
    public async Task Single_sign_on_is_used_where_a_profile_says_so()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        Set("AWS_PROFILE", "people");
        Profile("config", "[profile people]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n"
            + "sso_account_id = 123456789012\nsso_role_name = none\n");
        using var invoker = InvokerFor(lambda);

        var waiting = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));

        // Nobody has signed on here, but the SDK's part must not be missing.
        Assert.Contains("SSO", waiting.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("could not be found or loaded", waiting.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_is_assumed_once_for_its_hour_with_all_that_it_asks_for()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        await using var sts = Sts(_ => TimeSpan.FromHours(1));
        using var invoker = InvokerFor(lambda, "AKIDOWN");

        await InvokesAsAsync("ASIA1", "token1", invoker, lambda);
        await InvokesAsAsync("ASIA1", "token1", invoker, lambda);

        var request = Assert.Single(sts.Requests);
        Assert.Contains("Credential=AKIDOWN/", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/eu-west-1/sts/aws4_request", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(
            "Action=AssumeRole&ExternalId=from-them&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Frunner"
                + "&RoleSessionName=TasksBus&Version=2011-06-15",
            Body(request));
    }

    [Fact]
    public async Task A_role_that_is_about_to_expire_is_renewed_while_it_is_still_used()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        var renewing = new TaskCompletionSource();
        await using var sts = Sts(
            number => number == 1 ? AssumedRole.RenewalTime - TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1),
            number => number == 1 ? Task.CompletedTask : renewing.Task);
        using var invoker = InvokerFor(lambda, "AKIDOWN");

        await InvokesAsAsync("ASIA1", "token1", invoker, lambda);
        await InvokesAsAsync("ASIA1", "token1", invoker, lambda);
        renewing.SetResult();

        await Eventually.TrueAsync(async () =>
        {
            await invoker.InvokeAsync(Invocations.Of(), default);
            return lambda.Requests[^1].Headers["X-Amz-Security-Token"] == "token2";
        }, "the renewed role is used");
        Assert.Equal(2, sts.Requests.Count);
    }

    [Fact]
    public async Task A_role_that_may_not_be_assumed_leaves_the_task_waiting_with_the_reason()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        await using var sts = FaultyServer.Answering(
            "403 Forbidden", "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                + "<Message>Not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>", "Content-Type: text/xml");
        Set("AWS_ENDPOINT_URL_STS", sts.Address.ToString());
        using var invoker = InvokerFor(lambda, "AKIDOWN");

        var waiting = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));

        Assert.Equal("CredentialsUnavailable", waiting.Name);
        Assert.Contains("may call sts:AssumeRole on the role of AssumeRoleArn", waiting.Message, StringComparison.Ordinal);
        Assert.EndsWith("Not authorized to perform: sts:AssumeRole", waiting.Message, StringComparison.Ordinal);
        Assert.Empty(lambda.Requests);
    }

    [Fact]
    public async Task The_SDKs_setting_of_an_endpoint_is_followed()
    {
        await using var lambda = FaultyServer.Answering("200 OK", "null");
        Set("AWS_ENDPOINT_URL_LAMBDA", lambda.Address.ToString());
        using var invoker = Invocations.InvokerFor(new LambdaOptions { Region = "eu-west-1", AccessKey = "AKIDOWN", SecretKey = "secret" });

        await InvokesAsAsync("AKIDOWN", null, invoker, lambda);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static void Set(string name, string value) => Environment.SetEnvironmentVariable(name, value);

    private static void Profile(string file, string text) => File.WriteAllText(Path.Combine(AwsFiles.Folder, file), text);

    private static string Body(ReceivedRequest request) => Encoding.UTF8.GetString(request.Body);

    private static Invocations.Invoker InvokerFor(FaultyServer lambda, string? accessKey = null) => Invocations.InvokerFor(new LambdaOptions
    {
        Endpoint = lambda.Address,
        Region = "eu-west-1",
        AccessKey = accessKey,
        SecretKey = accessKey is null ? null : "secret",
        AssumeRoleArn = accessKey is null ? null : "arn:aws:iam::123456789012:role/runner",
        AssumeRoleExternalId = accessKey is null ? null : "from-them",
    });

    private static async Task InvokesAsAsync(string accessKey, string? token, Invocations.Invoker invoker, FaultyServer lambda)
    {
        var result = await invoker.InvokeAsync(Invocations.Of(), default);
        Assert.True(result is InvocationResult.Succeeded, $"{result}");
        Assert.Contains($"Credential={accessKey}/", lambda.Requests[^1].Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(token, lambda.Requests[^1].Headers.GetValueOrDefault("X-Amz-Security-Token"));
    }

    /// <summary>A Security Token Service: its first credentials are ASIA1 with token1, the next ASIA2 with token2.</summary>
    private static FaultyServer Sts(Func<int, TimeSpan> lifetime, Func<int, Task>? before = null)
    {
        var server = FaultyServer.Start(async exchange =>
        {
            var number = exchange.Number;
            await (before?.Invoke(number) ?? Task.CompletedTask);
            var action = Body(exchange.Request).Contains("WithWebIdentity", StringComparison.Ordinal)
                ? "AssumeRoleWithWebIdentity"
                : "AssumeRole";
            await exchange.RespondAsync("200 OK", Encoding.UTF8.GetBytes(
                $"""
                <{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
                <Credentials><AccessKeyId>ASIA{number}</AccessKeyId>
                <SecretAccessKey>secret{number}</SecretAccessKey><SessionToken>token{number}</SessionToken>
                <Expiration>{Now + lifetime(number):yyyy-MM-ddTHH:mm:ssZ}</Expiration></Credentials>
                <AssumedRoleUser>
                <Arn>arn:aws:sts::123456789012:assumed-role/runner/x</Arn><AssumedRoleId>ID:x</AssumedRoleId>
                </AssumedRoleUser>
                </{action}Result></{action}Response>
                """), "Content-Type: text/xml");
        });
        Set("AWS_ENDPOINT_URL_STS", server.Address.ToString());
        return server;
    }
}
