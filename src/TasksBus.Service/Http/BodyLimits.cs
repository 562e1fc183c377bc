using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Service.Http;

/// <summary>How large bodies may be, and how slowly bodies and answers may travel. Routes that accept more say so.</summary>
internal static class BodyLimits
{
    /// <summary>One task of 6 MB as it may be written: with escapes and white space around the data, and with tags.</summary>
    public const int MaxBytes = 7 * 1024 * 1024;

    /// <summary>Many tasks.</summary>
    public const int MaxBatchBytes = 30_000_000;

    /// <summary>50 MB of code as base64, and the other fields.</summary>
    public const int MaxFunctionBytes = 72_000_000;

    private const int BytesPerSecond = 1_000;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    /// <summary>The refusal of a body that takes too long.</summary>
    public static Refusal TooSlow { get; } =
        new(
            ErrorCode.BodyFormat with { HttpStatus = StatusCodes.Status408RequestTimeout },
            $"The body arrived too slowly: after {s_grace.TotalSeconds:0} seconds at least {BytesPerSecond} bytes a second are needed.");

    /// <summary>Sets the limits of one request, on a server that has others.</summary>
    public static void Set(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxBytes;
        }

        // Later versions have these rates for the whole connection only, and Kestrel refuses them for one request.
        if (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            context.Features.Get<IHttpMinRequestBodyDataRateFeature>()?.MinDataRate = new(BytesPerSecond, s_grace);
            context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = new(BytesPerSecond, s_grace);
        }
    }

    public static void Set(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = MaxBytes;
        limits.MinRequestBodyDataRate = new(BytesPerSecond, s_grace);
        limits.MinResponseDataRate = new(BytesPerSecond, s_grace);
    }
}
