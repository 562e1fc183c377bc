namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// On an endpoint that must answer while the database does not. There the API keys that were last read from it still count, for up to a
/// day. A key that was revoked meanwhile is let in.
/// </summary>
public sealed class LastKnownKeys
{
    internal static bool WillDo(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<LastKnownKeys>() is not null;
}
