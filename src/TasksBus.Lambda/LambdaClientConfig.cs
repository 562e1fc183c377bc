using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;

namespace TasksBus.Lambda;

/// <summary>What the SDK's signer, credential chain and endpoint settings must know about the service.</summary>
internal sealed class LambdaClientConfig : ClientConfig
{
    public LambdaClientConfig()
        : base(new NoDefaults())
    {
        AuthenticationServiceName = RegionEndpointServiceName;
        ServiceId = "Lambda";
    }

    public override string RegionEndpointServiceName => "lambda";

    public override string ServiceVersion => "2015-03-31";

    public override string UserAgent => "TasksBus";

    // Only the SDK's own pipeline calls this.
    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        throw new NotSupportedException();

    private sealed class NoDefaults : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(
            RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) =>
            new DefaultConfiguration();
    }
}
