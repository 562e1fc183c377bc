using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace TasksBus.Lambda;

/// <summary>
/// Temporary credentials of a role, from the Security Token Service of Lambda's region (or AWS_ENDPOINT_URL_STS). They are renewed in the
/// background, beginning five minutes before they expire. A failed renewal has no effect until they have expired.
/// </summary>
/// <param name="options">Names the role.</param>
/// <param name="config">Says which endpoints to use.</param>
/// <param name="source">Finds the credentials that may assume the role.</param>
internal sealed class AssumedRole(
    LambdaOptions options, LambdaClientConfig config, Func<Task<AWSCredentials>> source) : RefreshingAWSCredentials
{
    /// <summary>Credentials with less than this time left are renewed.</summary>
    public static readonly TimeSpan RenewalTime = TimeSpan.FromMinutes(5);

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        PreemptExpiryTime = RenewalTime;
        var sts = new AmazonSecurityTokenServiceConfig
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(config.AuthenticationRegion),
            AuthenticationRegion = config.AuthenticationRegion,
            UseFIPSEndpoint = config.UseFIPSEndpoint,
            UseDualstackEndpoint = config.UseDualstackEndpoint,
        };
        if (options.CreateProxy() is { } proxy)
        {
            sts.SetWebProxy(proxy);
        }

        using var client = new AmazonSecurityTokenServiceClient(await source().ConfigureAwait(false), sts);
        var answer = await client.AssumeRoleAsync(new AssumeRoleRequest
        {
            RoleArn = options.AssumeRoleArn,
            RoleSessionName = options.AssumeRoleSessionName,
            ExternalId = string.IsNullOrEmpty(options.AssumeRoleExternalId) ? null : options.AssumeRoleExternalId,
        }).ConfigureAwait(false);
        return new(answer.Credentials.GetCredentials(), answer.Credentials.Expiration!.Value);
    }
}
