namespace TasksBus.Service.Http.Authentication;

/// <summary>What the address of an OpenID Connect issuer must be.</summary>
internal static class IssuerAddress
{
    /// <summary>Returns true when nobody else can read or change the traffic with an address: https, or this machine.</summary>
    public static bool IsSafe(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    public static bool IsSafe(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && IsSafe(uri);

    /// <summary>Says how to mend the address of an issuer. Null when it is good.</summary>
    /// <param name="setting">The setting with the address.</param>
    public static string? FaultOf(string setting, Uri? issuer) =>
        issuer is null || issuer.OriginalString.Length == 0
            ? $"{setting} is missing. Write the issuer's address, such as https://id.example.org/realms/main."
        : !issuer.IsAbsoluteUri || issuer.Scheme is not ("https" or "http") || issuer.UserInfo.Length > 0 || issuer.Query.Length > 0
            || issuer.Fragment.Length > 0
            ? $"{setting} is no address of an issuer. Write it as https://id.example.org/realms/main, without a query."
        : !IsSafe(issuer)
            ? $"{setting} is {issuer.OriginalString}: over http anyone on the way could hand out keys. Use https; http is for an issuer on "
                + "this machine."
        : null;
}
