using System.ComponentModel.DataAnnotations;
using System.Net;
using TasksBus.Settings;
using IPNetwork = System.Net.IPNetwork;

namespace TasksBus.Service.Http;

/// <summary>How the server treats its callers, from the section <c>TasksBus</c>.</summary>
internal sealed class CallerOptions : IValidatableObject
{
    /// <summary>
    /// True when every caller must be known. Default: true when an API key, an issuer of tokens or a sign-in is configured.
    /// </summary>
    [Setting(
        "every client needs a key or token, also if all keys are in the database",
        Default = "true with a configured key, issuer or sign-in")]
    public bool? RequireAuthentication { get; set; }

    /// <summary>The addresses and networks of proxies that are trusted to give a caller's address and scheme. Default: none.</summary>
    [Setting("addresses and networks, joined by ',', whose X-Forwarded-For and -Proto count", Value = "NETWORKS")]
    [Joined]
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];

    public static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        TrustedProxies.Where(static text => Network(text) is null).Select(static text =>
            new ValidationResult(
                $"TasksBus:TrustedProxies is {text}; it must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8, "
                    + "or several joined by ','."));
}
