using System.Text.Json;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// The operations of Lambda's API that change functions (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html).
/// </summary>
internal sealed class FunctionsEndpoint(FunctionDeployments deployments, FunctionFolders folders, InstalledRuntimes runtimes)
{
    private const string Functions = "/2015-03-31/functions";
    private const string NamePattern =
        @"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?"
            + @"(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    public void Map(LambdaApi api)
    {
        api.Map("POST", Functions, BodyLimit.Create, CreateAsync);
        api.Map("DELETE", Functions + "/{name}", BodyLimit.Settings("DeleteFunction"), DeleteAsync);
        api.Map("PUT", Functions + "/{name}/code", BodyLimit.UpdateCode, UpdateCodeAsync);
        api.Map("PUT", Functions + "/{name}/configuration", BodyLimit.Settings("UpdateFunctionConfiguration"), UpdateSettingsAsync);
    }

    private async Task<LambdaError?> CreateAsync(HttpRequest request, HttpResponse response, BoundedBody body, string requestId)
    {
        FunctionRecord wanted;
        ReadOnlyMemory<byte> zip;
        using (body)
        using (var document = JsonFields.Parse(body))
        {
            wanted = ReadNew(document.RootElement);
            zip = ReadZip(JsonFields.Object(document.RootElement, "Code") ?? throw NoCode());
        }

        await CheckRuntimeAsync(wanted.Runtime).ConfigureAwait(false);
        if (folders.Find(wanted.Name) is not null)
        {
            return LambdaError.FunctionExists(wanted.Name);
        }

        var created = await deployments.CreateAsync(wanted, zip).ConfigureAwait(false);
        return await FunctionAnswer.WriteAsync(
            response, FunctionAnswer.Configuration(created, isQualified: false), StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private async Task<LambdaError?> UpdateCodeAsync(HttpRequest request, HttpResponse response, BoundedBody body, string requestId)
    {
        var name = NameOfDeployed(request);
        string? revisionId, architecture;
        bool isDryRun;
        byte[] zip;
        using (body)
        using (var document = JsonFields.Parse(body))
        {
            UnsupportedSettings.Check(document.RootElement);
            revisionId = JsonFields.Text(document.RootElement, "RevisionId");
            architecture = FunctionSettingsReader.Architecture(document.RootElement);
            isDryRun = JsonFields.Flag(document.RootElement, "DryRun");
            zip = ReadZip(document.RootElement);
        }

        var changed = isDryRun
            ? Change(deployments.CheckChangeable(name, revisionId).Stored.Current) with
            {
                CodeSize = zip.Length,
                CodeSha256 = CodePackage.Sha256(zip),
            }
            : await deployments.UpdateAsync(name, revisionId, Change, zip).ConfigureAwait(false);
        return await FunctionAnswer.WriteAsync(response, FunctionAnswer.Configuration(changed, isQualified: false)).ConfigureAwait(false);

        FunctionRecord Change(FunctionRecord record) => record with { Architecture = architecture ?? record.Architecture };
    }

    private async Task<LambdaError?> UpdateSettingsAsync(HttpRequest request, HttpResponse response, BoundedBody body, string requestId)
    {
        var name = NameOfDeployed(request);
        using (body)
        {
            using var document = JsonFields.Parse(body);
            var settings = document.RootElement;
            if (JsonFields.Text(settings, "Runtime") is { Length: > 0 } runtime && RuntimeName.Refusal(runtime) is null)
            {
                await CheckRuntimeAsync(runtime).ConfigureAwait(false);
            }

            var changed = await deployments.UpdateAsync(
                name, JsonFields.Text(settings, "RevisionId"), record => FunctionSettingsReader.Read(settings, record),
                zip: null).ConfigureAwait(false);
            return await FunctionAnswer.WriteAsync(
                response, FunctionAnswer.Configuration(changed, isQualified: false)).ConfigureAwait(false);
        }
    }

    private async Task<LambdaError?> DeleteAsync(HttpRequest request, HttpResponse response, BoundedBody body, string requestId)
    {
        body.Dispose();
        var name = NameOfDeployed(request);
        if (request.Query["Qualifier"].ToString() is { Length: > 0 })
        {
            return LambdaError.Invalid("$LATEST version cannot be deleted without deleting the function.");
        }

        await deployments.DeleteAsync(name).ConfigureAwait(false);
        response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    private static FunctionRecord ReadNew(JsonElement body)
    {
        var given = JsonFields.Text(body, "FunctionName") ?? "";
        if (LocalFunctionName.Resolve(given, qualifier: null) is not { } name)
        {
            throw new LambdaException(
                LambdaError.NotOfTheModel(
                    given.Length > 256 ? given[..256] : given, "functionName", NamePattern + ", and have length less than or equal to 64"));
        }

        if (JsonFields.Text(body, "PackageType") is { } type && type != "Zip")
        {
            throw new LambdaException(
                LambdaError.Invalid("LocalLambda does not have container images: send a zip file, with PackageType Zip"));
        }

        var read = FunctionSettingsReader.Read(body, new() { Name = name, Runtime = "", Handler = "", State = FunctionState.Pending });
        return read.Runtime.Length == 0 || read.Handler.Length == 0
            ? throw new LambdaException(
                LambdaError.Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages."))
            : read with
            {
                Architecture = FunctionSettingsReader.Architecture(body) ?? read.Architecture,
                Tags = FunctionSettingsReader.Tags(body),
            };
    }

    private static byte[] ReadZip(JsonElement code)
    {
        UnsupportedSettings.CheckSource(code);
        var zip = JsonFields.Bytes(code, "ZipFile") ?? throw NoCode();
        if (zip.Length > CodePackage.MaxZipped)
        {
            throw new LambdaException(LambdaError.TooLarge(BodyLimit.UpdateCode));
        }

        try
        {
            CodePackage.Check(zip);
            return zip;
        }
        catch (PackageException exception)
        {
            throw new LambdaException(LambdaError.Invalid(exception.Message));
        }
    }

    private static LambdaException NoCode() => new(LambdaError.Invalid("Please provide a source for function code."));

    private async ValueTask CheckRuntimeAsync(string runtime)
    {
        if (await runtimes.WhyMissingAsync(RuntimeName.KindOf(runtime)).ConfigureAwait(false) is { } reason)
        {
            throw new LambdaException(LambdaError.Invalid($"LocalLambda cannot run {runtime} on this machine: {reason}"));
        }
    }

    /// <summary>Returns the name in the path, which must be that of a function that the API may change.</summary>
    private string NameOfDeployed(HttpRequest request)
    {
        var text = (string)request.RouteValues["name"]!;
        var name = LocalFunctionName.Resolve(text, qualifier: null) ?? throw new LambdaException(LambdaError.FunctionNotFound(text));
        return deployments.Find(name) is not null ? name
            : throw new LambdaException(
                folders.Find(name) is null ? LambdaError.FunctionNotFound(LocalFunctionName.Arn(name)) : LambdaError.InFolder(name));
    }
}
