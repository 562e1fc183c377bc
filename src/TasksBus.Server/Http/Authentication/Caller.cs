namespace TasksBus.Server.Http.Authentication;

/// <summary>Who calls. An endpoint that wants to know takes it as a parameter.</summary>
/// <param name="Name">The name of the caller's API key; null where no key is configured, for then anyone may call.</param>
/// <param name="ApplicationId">24 hex digits that follow from the name alone, so a key that is replaced leaves them as they are.</param>
internal sealed record Caller(string? Name, string? ApplicationId)
{
    /// <summary>24 hex digits; null where the caller is no user.</summary>
    public string? UserId { get; init; }

    public static readonly Caller Anyone = new(null, null);

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? Anyone);
}
