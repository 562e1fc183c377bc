using System.Net;
using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Client.MassTransit;
using TasksBus.Worker;

namespace TasksBus.Samples.RemovedUsers;

/// <summary>A user was removed here, and must be forgotten elsewhere too.</summary>
public sealed record UserRemoved(string UserId);

public sealed record EraseUserInput(string UserId, int Attempt = 1);

public sealed class UserRemovedConsumer(ITaskPublisher tasks) : IConsumer<UserRemoved>
{
    public Task Consume(ConsumeContext<UserRemoved> context) => EraseUser.ScheduleAsync(
        tasks, new(context.Message.UserId), startAt: null, context.CancellationToken);
}

/// <summary>
/// Deletes a user in another system. While that system is away it schedules itself again, later each time. After six attempts the task
/// fails, and somebody is told.
/// </summary>
public sealed class EraseUser(HttpClient mailingList, ITaskPublisher tasks, TimeProvider time, ILogger<EraseUser> logger)
    : ITaskFunction<EraseUserInput>
{
    public const string Name = "erase-user";
    public const int MaxAttempts = 6;

    public async Task RunAsync(EraseUserInput input, TaskContext task, CancellationToken cancellationToken)
    {
        var status = await DeleteAsync(input.UserId, cancellationToken);
        switch (status)
        {
            case HttpStatusCode.NoContent or HttpStatusCode.NotFound:
                // A user who is not there was deleted before: by an attempt whose answer got lost.
                logger.LogInformation("User {User} is erased", input.UserId);
                return;
            case HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests when input.Attempt < MaxAttempts:
                var wait = TimeSpan.FromMinutes(Math.Pow(2, input.Attempt));
                logger.LogWarning("The mailing list answered {Status}; next attempt in {Wait}", (int)status, wait);
                await ScheduleAsync(tasks, input with { Attempt = input.Attempt + 1 }, time.GetUtcNow() + wait, cancellationToken);
                return;
            default:
                throw new FunctionErrorException("NotErased", $"The mailing list answered {(int)status} to attempt {input.Attempt}.");
        }
    }

    /// <summary>The key names user and attempt, so each attempt is scheduled once, whatever is delivered or run twice.</summary>
    internal static Task ScheduleAsync(
        ITaskPublisher tasks, EraseUserInput input, DateTimeOffset? startAt, CancellationToken cancellationToken) => tasks.ScheduleAsync(
        Name, input,
        new()
        {
            IdempotencyKey = $"erase user {input.UserId} attempt {input.Attempt}",
            StartTimestamp = startAt,
            Reference = input.UserId,
        }, cancellationToken);

    private async Task<HttpStatusCode> DeleteAsync(string userId, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await mailingList.DeleteAsync(
                new Uri($"/subscribers/{Uri.EscapeDataString(userId)}", UriKind.Relative), cancellationToken);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return HttpStatusCode.ServiceUnavailable;
        }
    }
}
