using Microsoft.AspNetCore.Authorization;

namespace TasksBus.AspNetCore.Hosting;

/// <summary>Marks the endpoint that serves the API.</summary>
internal sealed class TasksBusEndpoint
{
    public static readonly TasksBusEndpoint It = new();

    /// <summary>Returns true when the application decides who may call. It does not where it lets in everybody.</summary>
    public static bool IsGuarded(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null;
}
