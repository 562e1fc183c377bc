using System.Security.Cryptography;

namespace TasksBus.LocalLambda;

/// <summary>A key that requests are signed with, like an access key of AWS.</summary>
public sealed class LocalLambdaKey
{
    /// <summary>The shortest secret: 16 characters. A shorter one could be guessed from a signature.</summary>
    public const int MinSecretLength = 16;

    /// <summary>The name of the key, which requests carry: 1 to 128 letters, digits and '_'.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The secret, which requests never carry: <see cref="MinSecretLength"/> characters or more.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>Makes a new random key.</summary>
    public static LocalLambdaKey New() => new()
    {
        AccessKey = "LOCAL" + RandomNumberGenerator.GetHexString(15),
        SecretKey = RandomNumberGenerator.GetHexString(64, lowercase: true),
    };
}
