using System.Text.Json;

namespace TasksBus.Contracts;

/// <summary>The rules of the options that clients have in common.</summary>
internal static class ClientRules
{
    /// <summary>What is wrong with the options, and what they must be.</summary>
    public static IEnumerable<string> FaultsOf(
        TimeSpan requestTimeout, TimeSpan retryFor, string? publisher, JsonSerializerOptions? inputJson)
    {
        if (requestTimeout < TimeSpan.FromSeconds(1) || requestTimeout > TimeSpan.FromMinutes(10))
        {
            yield return $"RequestTimeout must be from 1 second to 10 minutes; got {requestTimeout}.";
        }

        if (retryFor < TimeSpan.Zero || retryFor > TimeSpan.FromHours(1))
        {
            yield return $"RetryFor must be from 0 to 1 hour; got {retryFor}.";
        }

        if (TaskRules.FaultOf(new() { FunctionName = "any", Publisher = publisher }) is { } fault)
        {
            yield return fault.Message;
        }

        if (inputJson is null)
        {
            yield return "InputJson must be set; leave it out for the web defaults.";
        }
    }
}
