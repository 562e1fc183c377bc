using System.ComponentModel.DataAnnotations;
using TasksBus.Settings;

namespace TasksBus.Service.Http;

/// <summary>Which pages of other origins may call, from <c>TasksBus:Cors</c>. Nothing is allowed unless it is set.</summary>
internal sealed class CorsOptions : IValidatableObject
{
    public const string Section = "TasksBus:Cors";

    public const string Any = "*";

    /// <summary>Origins such as <c>https://app.example.org</c>, or <c>*</c> alone. Default: none.</summary>
    [Setting("pages of other origins that may call, joined by ',', such as https://app.example.org", Value = "ORIGINS")]
    [Joined]
    public IReadOnlyList<string> Origins { get; set; } = [];

    /// <summary>
    /// True when browsers may send cookies, for a proxy in front that reads them. The API itself never reads cookies. Default: false.
    /// </summary>
    [Setting("browsers may send cookies along, never with *")]
    public bool AllowCredentials { get; set; }

    public bool AllowsAny => Origins.Contains(Any);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var origin in Origins.Where(static origin => !IsOrigin(origin)))
        {
            yield return new(
                $"{Section}:Origins has '{origin}', which is no origin. Write scheme, host and port only, such as "
                    + "https://app.example.org, without a path.");
        }

        if (AllowsAny && AllowCredentials)
        {
            yield return new($"{Section}: credentials cannot be allowed to every origin. Name the origins, or leave AllowCredentials out.");
        }

        if (AllowsAny && Origins.Count > 1)
        {
            yield return new($"{Section}:Origins has * beside other origins. Write * alone, or name the origins.");
        }
    }

    private static bool IsOrigin(string text) => text == Any
        || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase));
}
