using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace TasksBus.Functions;

/// <summary>As whom functions are invoked: the keys of the options, or what the SDK's credential chain finds.</summary>
internal sealed class LambdaCredentials(LambdaOptions options, LambdaClientConfig config) : IDisposable
{
    private readonly AWSCredentials? _fixedCredentials = string.IsNullOrEmpty(options.AccessKey) ? null
        : string.IsNullOrEmpty(options.SessionToken) ? new BasicAWSCredentials(options.AccessKey, options.SecretKey)
        : new SessionAWSCredentials(options.AccessKey, options.SecretKey, options.SessionToken);

    private readonly DefaultAWSCredentialsIdentityResolver _chain = new();

    public void Dispose() => _chain.Dispose();

    /// <summary>The credentials of this moment; temporary ones are renewed by the SDK.</summary>
    /// <exception cref="CredentialsUnavailableException">There are none now, or not in time.</exception>
    public async Task<ImmutableCredentials> ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var credentials = _fixedCredentials ?? await _chain.ResolveIdentityAsync(config, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            return await credentials.GetCredentialsAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Files, processes, HTTP and single sign-on stand behind the chain: what it throws has no common type.
            throw new CredentialsUnavailableException(
                "No AWS credentials: set AccessKey and SecretKey, or mend the source that the AWS credential chain uses. " + failure.Message, failure);
        }
    }
}

/// <summary>Nothing was sent, for want of credentials.</summary>
internal sealed class CredentialsUnavailableException(string message, Exception inner) : Exception(message, inner);
