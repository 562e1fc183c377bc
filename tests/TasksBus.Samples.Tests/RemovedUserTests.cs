using System.Net;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Samples.RemovedUsers;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

public sealed class RemovedUserTests : SampleTest, IDisposable
{
    private readonly MailingList _list = new();

    [Fact]
    public async Task A_removed_user_is_erased_in_the_other_system()
    {
        await Harness.Bus.Publish(new UserRemoved("ann/1"));
        await Harness.RunAllAsync();

        await Assert.Single(await Harness.TasksAsync()).ShouldComplete();
        Assert.Equal(["DELETE /subscribers/ann%2F1"], _list.Requests);
    }

    [Fact]
    public async Task One_who_is_not_there_is_erased_already()
    {
        _list.Answers.Enqueue(HttpStatusCode.NotFound);

        await Harness.Bus.Publish(new UserRemoved("ann"));
        await Harness.RunAllAsync();

        await Assert.Single(await Harness.TasksAsync()).ShouldComplete();
    }

    [Fact]
    public async Task While_the_other_system_is_away_it_is_tried_again_later_each_time()
    {
        _list.Answers.Enqueue(HttpStatusCode.ServiceUnavailable);
        _list.Answers.Enqueue(HttpStatusCode.TooManyRequests);

        await Harness.Bus.Publish(new UserRemoved("ann"));
        await Harness.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Equal([0, 2, 6], Harness.Function(EraseUser.Name).Calls.Select(static call => (call.At - Start).TotalMinutes));
        Assert.Equal(3, _list.Requests.Count);
    }

    [Fact]
    public async Task After_six_attempts_the_last_task_fails()
    {
        _list.Otherwise = HttpStatusCode.ServiceUnavailable;

        await Harness.Bus.Publish(new UserRemoved("ann"));
        await Harness.AdvanceAsync(TimeSpan.FromDays(1));

        var tasks = (await Harness.TasksAsync()).OrderBy(static task => task.Calls[0].At).ToArray();
        Assert.Equal(EraseUser.MaxAttempts, tasks.Length);
        await tasks[^1].ShouldFail("NotErased", "The mailing list answered 503 to attempt 6.");
    }

    [Fact]
    public async Task An_answer_that_makes_no_sense_fails_at_once()
    {
        _list.Otherwise = HttpStatusCode.Unauthorized;

        await Harness.Bus.Publish(new UserRemoved("ann"));
        await Harness.AdvanceAsync(TimeSpan.FromDays(1));

        await Assert.Single(await Harness.TasksAsync()).ShouldFail("NotErased");
    }

    public void Dispose() => _list.Dispose();

    protected override void Register(TaskFunctions functions) => functions.AddFunction<EraseUser>(EraseUser.Name);

    protected override void Replace(IServiceCollection services) =>
        services.AddSingleton(_ => new HttpClient(_list) { BaseAddress = new Uri("https://lists.example.org") });

    protected override void AddConsumers(IBusRegistrationConfigurator bus) => bus.AddConsumer<UserRemovedConsumer>();

    private sealed class MailingList : HttpMessageHandler
    {
        public Queue<HttpStatusCode> Answers { get; } = [];

        public HttpStatusCode Otherwise { get; set; } = HttpStatusCode.NoContent;

        public List<string> Requests { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add($"{request.Method} {request.RequestUri!.AbsolutePath}");
            return Task.FromResult(new HttpResponseMessage(Answers.TryDequeue(out var answer) ? answer : Otherwise));
        }
    }
}
