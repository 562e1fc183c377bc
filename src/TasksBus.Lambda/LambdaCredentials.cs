using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace TasksBus.Lambda;

/// <summary>
/// The credentials that invoke functions: the keys of the options, or what the SDK's credential chain finds. If a role is named, these
/// credentials assume it.
/// </summary>
internal sealed class LambdaCredentials : IDisposable
{
    private readonly LambdaClientConfig _config;
    private readonly AWSCredentials? _fixedCredentials;
    private readonly AssumedRole? _role;
    private readonly DefaultAWSCredentialsIdentityResolver _chain = new();
    private volatile string? _account;

    public LambdaCredentials(LambdaOptions options, LambdaClientConfig config)
    {
        _config = config;
        _fixedCredentials = string.IsNullOrEmpty(options.AccessKey) ? null
            : string.IsNullOrEmpty(options.SessionToken) ? new BasicAWSCredentials(options.AccessKey, options.SecretKey)
            : new SessionAWSCredentials(options.AccessKey, options.SecretKey, options.SessionToken);
        _role = string.IsNullOrEmpty(options.AssumeRoleArn) ? null : new(options, config, () => SourceAsync(CancellationToken.None));
        _account = options.AssumeRoleArn?.Split(':').ElementAtOrDefault(4);
    }

    /// <summary>The account of the credentials. Null when they have not been resolved yet, or do not tell.</summary>
    public string? Account => _account;

    public void Dispose()
    {
        _role?.Dispose();
        _chain.Dispose();
    }

    /// <summary>Returns the current credentials. Temporary ones are renewed before they expire.</summary>
    /// <exception cref="CredentialsUnavailableException">There are no credentials now, or not in time.</exception>
    public async Task<ImmutableCredentials> ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var credentials = _role ?? await SourceAsync(cancellationToken).ConfigureAwait(false);
            var resolved = await credentials.GetCredentialsAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            _account = string.IsNullOrEmpty(resolved.AccountId) ? _account : resolved.AccountId;
            return resolved;
        }
        catch (Exception failure)
        {
            // The chain uses files, processes, HTTP and single sign-on, so its exceptions have no common type.
            var remedy = _role is null ? "set AccessKey and SecretKey, or mend the source that the AWS credential chain uses."
                : "see that the credentials of this service may call sts:AssumeRole on the role of AssumeRoleArn, and "
                    + "that the role trusts them.";
            throw new CredentialsUnavailableException($"No AWS credentials: {remedy} {failure.Message}", failure);
        }
    }

    private async Task<AWSCredentials> SourceAsync(CancellationToken cancellationToken) =>
        _fixedCredentials
            ?? await _chain.ResolveIdentityAsync(_config, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
}

/// <summary>Nothing was sent, because there are no credentials.</summary>
internal sealed class CredentialsUnavailableException(string message, Exception inner) : Exception(message, inner);
