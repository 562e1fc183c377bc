using System.Globalization;
using System.Text;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Http;

/// <summary>The operations of Lambda's API that read functions: deployed ones, and folders as if they had been deployed.</summary>
internal sealed class FunctionListEndpoint(
    FunctionDeployments deployments, FunctionFolders folders, CodeLink links, LocalLambdaOptions options)
{
    private const string Functions = "/2015-03-31/functions";
    private const int LongestPage = 50;
    private const int MaxMaxItems = 10_000;

    public void Map(LambdaApi api)
    {
        api.Map("GET", Functions, BodyLimit.Settings("ListFunctions"), Answer(List));
        api.Map("GET", "/2016-08-19/account-settings", BodyLimit.Settings("GetAccountSettings"), Answer(_ => Account()));
        api.Map("GET", Functions + "/{name}", BodyLimit.Settings("GetFunction"), Answer(Get));
        api.Map(
            "GET", Functions + "/{name}/configuration", BodyLimit.Settings("GetFunctionConfiguration"),
            Answer(request => Configuration(request, Find(request))));
        api.Map("GET", Functions + "/{name}/versions", BodyLimit.Settings("ListVersionsByFunction"), Answer(ListVersions));
        api.Map("GET", "/2017-03-31/tags/{name}", BodyLimit.Settings("ListTags"), Answer(request => new { Find(request).Tags }));
        api.MapUnsigned(CodeLink.Pattern, links.DownloadAsync);
    }

    private static Operation Answer(Func<HttpRequest, object> question) => async (request, response, body, _) =>
    {
        body.Dispose();
        return await FunctionAnswer.WriteAsync(response, question(request)).ConfigureAwait(false);
    };

    private object Get(HttpRequest request)
    {
        var record = Find(request);
        var answer = new Dictionary<string, object>
        {
            ["Configuration"] = Configuration(request, record),
            ["Code"] = new { RepositoryType = "S3", Location = links.Make(request, record) },
        };
        if (record.Tags.Count > 0)
        {
            answer["Tags"] = record.Tags;
        }

        return answer;
    }

    private static Dictionary<string, object?> Configuration(HttpRequest request, FunctionRecord record)
    {
        var isQualified = request.Query["Qualifier"] == LocalFunctionName.Latest
            || ((string)request.RouteValues["name"]!).EndsWith(":" + LocalFunctionName.Latest, StringComparison.Ordinal);
        return FunctionAnswer.Configuration(record, isQualified);
    }

    private object List(HttpRequest request)
    {
        if (request.Query["FunctionVersion"].ToString() is { Length: > 0 } version && version != "ALL")
        {
            throw new LambdaException(LambdaError.NotOfTheModel(version, "functionVersion", "Member must satisfy enum value set: [ALL]"));
        }

        var (after, count) = Page(request);
        var names = deployments.All.Select(static deployment => deployment.Stored.Current.Name).Concat(folders.Names()).Distinct()
            .Where(name => string.CompareOrdinal(name, after) > 0).Order(StringComparer.Ordinal).Take(count + 1).ToList();
        var page = names.Take(count).Select(Find).OfType<FunctionRecord>()
            .Select(record => FunctionAnswer.Configuration(record, isQualified: request.Query.ContainsKey("FunctionVersion")));
        return new
        {
            NextMarker = names.Count > count ? Convert.ToBase64String(Encoding.UTF8.GetBytes(names[count - 1])) : null,
            Functions = page,
        };
    }

    private object ListVersions(HttpRequest request)
    {
        var record = Find(request);
        _ = Page(request); // one version fits on any page
        return new { NextMarker = (string?)null, Versions = new[] { FunctionAnswer.Configuration(record, isQualified: true) } };
    }

    private object Account() => new
    {
        AccountLimit = new
        {
            TotalCodeSize = options.MaxCodeStorageMb * 1024L * 1024,
            CodeSizeUnzipped = CodePackage.MaxUnzipped,
            CodeSizeZipped = CodePackage.MaxZipped,
            ConcurrentExecutions = options.MaxProcesses,
            UnreservedConcurrentExecutions = options.MaxProcesses,
        },
        AccountUsage = new
        {
            TotalCodeSize = deployments.All.Sum(static deployment => deployment.Stored.Shown.CodeSize),
            FunctionCount = deployments.All.Select(static deployment => deployment.Stored.Current.Name).Union(folders.Names()).Count(),
        },
    };

    private static (string After, int Count) Page(HttpRequest request)
    {
        var items = request.Query["MaxItems"].ToString();
        var count = LongestPage;
        if (items.Length > 0
            && !(int.TryParse(items, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= MaxMaxItems))
        {
            throw new LambdaException(LambdaError.NotOfTheModel(items, "maxItems", $"Member must have value from 1 to {MaxMaxItems}"));
        }

        var marker = request.Query["Marker"].ToString();
        var name = new byte[marker.Length];
        return Convert.TryFromBase64String(marker, name, out var length)
            ? (Encoding.UTF8.GetString(name, 0, length), Math.Min(count, LongestPage))
            : throw new LambdaException(LambdaError.Invalid($"Invalid Marker: {marker}"));
    }

    private FunctionRecord Find(HttpRequest request)
    {
        var text = (string)request.RouteValues["name"]!;
        var name = LocalFunctionName.Resolve(text, request.Query["Qualifier"]);
        return name is not null && Find(name) is { } record
            ? record : throw new LambdaException(LambdaError.FunctionNotFound(name is null ? text : LocalFunctionName.Arn(name)));
    }

    private FunctionRecord? Find(string name) => deployments.Find(name)?.Stored.Shown ?? folders.Describe(name);
}
