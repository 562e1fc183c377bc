using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TasksBus.UnitTests.Http;

/// <summary>Stands in for AWS Lambda: a function answers as its name says.</summary>
internal sealed class FakeLambda : IAsyncDisposable
{
    public const string Log = "START RequestId: 6f9619ff Version: $LATEST\n"
        + "2021-09-29T15:17:07.051Z\t6f9619ff\tINFO\thello\n  second line\nEND RequestId: 6f9619ff\n";

    private readonly WebApplication _app;
    private readonly TaskCompletionSource _release = new();

    private FakeLambda(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public ConcurrentQueue<(string Function, string Payload)> Invocations { get; } = [];

    /// <summary>What functions return, as JSON, by name, where their name alone does not say it.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = [];

    /// <summary>The payload that the function got last.</summary>
    public string LastPayload(string function) => Invocations.Last(each => each.Function == function).Payload;

    public static async Task<FakeLambda> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var lambda = new FakeLambda(app);
        app.MapPost("/2015-03-31/functions/{name}/invocations", lambda.AnswerAsync);
        await app.StartAsync();
        return lambda;
    }

    /// <summary>Lets functions that are endless end.</summary>
    public void Release() => _release.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
    }

    private async Task<IResult> AnswerAsync(string name, HttpRequest request, HttpResponse response)
    {
        using var reader = new StreamReader(request.Body);
        Invocations.Enqueue((name, await reader.ReadToEndAsync()));
        response.Headers["x-amzn-RequestId"] = $"request-of-{name}";
        switch (name)
        {
            case "absent":
                response.Headers["x-amzn-ErrorType"] = "ResourceNotFoundException";
                return Results.Json(new { Type = "User", Message = "Function not found: absent" }, statusCode: 404);
            case "throws-once" when Invocations.Count(static each => each.Function == "throws-once") > 1:
                return Results.Text("null");
            case "throws":
            case "throws-once":
                response.Headers["X-Amz-Function-Error"] = "Unhandled";
                return Results.Json(new { errorType = "TypeError", errorMessage = "x is undefined" });
            case "refused":
                response.Headers["x-amzn-ErrorType"] = "AccessDeniedException";
                return Results.Json(new
                {
                    Message = "User: arn:aws:sts::123456789012:assumed-role/secret-role/me is not authorized to perform: "
                        + "lambda:InvokeFunction",
                }, statusCode: 403);
            case "lost":
                request.HttpContext.Abort();
                return Results.Empty;
            case "broken":
                return Results.Json(
                    new { Message = "Internal error of arn:aws:lambda:eu-west-1:123456789012:function:broken" }, statusCode: 500);
            case "endless":
                await _release.Task;
                return Results.Text("null");
            case "chatty":
            case "chatty-api":
                response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Log));
                return Results.Text(Answers.GetValueOrDefault(name, "null"));
            default:
                return Results.Text(Answers.GetValueOrDefault(name, "null"));
        }
    }
}
