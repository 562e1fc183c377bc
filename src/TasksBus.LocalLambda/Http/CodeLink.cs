using System.Globalization;
using System.IO.Compression;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// Links to a function's code, which GetFunction returns. A link is valid for ten minutes for whoever has it. It is signed with a key that
/// only this server knows and that ends with the server.
/// </summary>
internal sealed class CodeLink(FunctionDeployments deployments, DeploymentStore store, FunctionFolders folders, TimeProvider time)
{
    public const string Pattern = "/code/{name}/{revision}";

    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(10); // as Lambda's
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Make(HttpRequest request, FunctionRecord record)
    {
        var expires = time.GetUtcNow().Add(Validity).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var path = $"/code/{record.Name}/{record.RevisionId}";
        return $"{request.Scheme}://{request.Host}{path}?Expires={expires}&Signature={Sign(path, expires)}";
    }

    public async Task<LambdaError?> DownloadAsync(HttpRequest request, HttpResponse response)
    {
        var expires = request.Query["Expires"].ToString();
        var signature = Encoding.ASCII.GetBytes(request.Query["Signature"].ToString());
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(request.Path, expires)), signature)
            || long.Parse(expires, CultureInfo.InvariantCulture) < time.GetUtcNow().ToUnixTimeSeconds())
        {
            return new LambdaError(
                403, "AccessDeniedException", "The link has expired, or is not as GetFunction gave it. Ask GetFunction for another.");
        }

        var name = (string)request.RouteValues["name"]!;
        response.ContentType = "application/zip";
        if (deployments.Find(name)?.Stored.Shown is not { } record)
        {
            return await PackAsync(name, response).ConfigureAwait(false);
        }

        await response.SendFileAsync(store.ZipOf(record.CodeId)).ConfigureAwait(false);
        return null;
    }

    private string Sign(string path, string expires) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{path}\n{expires}")));

    /// <summary>Packs a folder while it is sent. It leaves links out, because they may lead anywhere.</summary>
    private async Task<LambdaError?> PackAsync(string name, HttpResponse response)
    {
        if (folders.Find(name) is not { } function)
        {
            return LambdaError.FunctionNotFound(LocalFunctionName.Arn(name));
        }

        response.HttpContext.Features.Get<IHttpBodyControlFeature>()!.AllowSynchronousIO = true; // ZipArchive's table of contents
        using var archive = new ZipArchive(response.Body, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var file in Disk.Below(function.Folder, static (ref FileSystemEntry entry) => entry.ToFileSystemInfo())
            .OfType<FileInfo>()
            .Where(static file => file.LinkTarget is null))
        {
            archive.CreateEntryFromFile(file.FullName, Path.GetRelativePath(function.Folder, file.FullName));
            await response.Body.FlushAsync().ConfigureAwait(false);
        }

        return null;
    }
}
