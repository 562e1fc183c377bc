using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace TasksBus.Functions.Registry;

/// <summary>Encrypts the environment of functions for the database.</summary>
public sealed class EnvironmentValues(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("TasksBus.Functions.Environment");

    /// <returns>Null for an environment without variables.</returns>
    public string? Encrypt(IReadOnlyDictionary<string, string> environment) =>
        environment.Count == 0 ? null : _protector.Protect(JsonSerializer.Serialize(environment));

    /// <returns>Null when the keys with which it was encrypted are gone.</returns>
    public IReadOnlyDictionary<string, string>? Decrypt(string? encrypted)
    {
        if (encrypted is null)
        {
            return new Dictionary<string, string>();
        }

        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(_protector.Unprotect(encrypted));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
