using Amazon;
using Amazon.Runtime;

namespace TasksBus.Lambda;

/// <summary>Finds Lambda's region and address.</summary>
internal static class LambdaEndpoints
{
    /// <summary>The region to sign for. Null if nothing says which.</summary>
    public static string? FindRegion(LambdaOptions options)
    {
        if (!string.IsNullOrEmpty(options.Region))
        {
            return options.Region;
        }

        // Asking the machine takes seconds when it is not a machine of AWS, and with a custom endpoint it seldom is one.
        var custom = options.Endpoint is not null || new LambdaClientConfig().ServiceURL is not null;
        return FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: !custom)?.SystemName ?? (custom ? "us-east-1" : null);
    }

    /// <summary>The custom endpoint of the options, the environment or the profile. Null when functions are in AWS itself.</summary>
    public static Uri? FindCustom(LambdaOptions options, LambdaClientConfig config) =>
        options.Endpoint ?? (config.ServiceURL is { } url ? new Uri(url) : null);

    /// <summary>The address of AWS Lambda in a region, from the AWS General Reference.</summary>
    /// <returns>Null when the region's partition has no such endpoint.</returns>
    public static Uri? InAws(string region, bool dualStack, bool fips)
    {
        var endpoint = RegionEndpoint.GetBySystemName(region);
        var suffix = dualStack ? DualStackSuffix(endpoint.PartitionName) : endpoint.PartitionDnsSuffix;
        return suffix is null ? null : new Uri($"https://lambda{(fips ? "-fips" : "")}.{endpoint.SystemName}.{suffix}");
    }

    /// <summary>The SDK's core knows no dual-stack names. Each generated client of the SDK has such a table of its own.</summary>
    private static string? DualStackSuffix(string partition) => partition switch
    {
        "aws" or "aws-us-gov" => "api.aws",
        "aws-cn" => "api.amazonwebservices.com.cn",
        _ => null,
    };
}
