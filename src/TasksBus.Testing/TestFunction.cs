using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Worker;
using TasksBus.Worker.Functions;
using TasksBus.Worker.Logs;

namespace TasksBus.Testing;

/// <summary>
/// A function whose code is a delegate of the test. It may be changed at any time; runs that have begun keep the code that they began with.
/// Until the test says otherwise, it returns nothing.
/// </summary>
public sealed class TestFunction
{
    private readonly List<FunctionCall> _calls = [];
    private Behavior _behavior = new(static _ => Task.FromResult<object?>(null));

    internal TestFunction(string name) => Name = name;

    /// <summary>The name that tasks give.</summary>
    public string Name { get; }

    /// <summary>The runs so far, in the order in which they began.</summary>
    public IReadOnlyList<FunctionCall> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>The settings of a managed function. Null for a function that is not managed here.</summary>
    internal TestFunctionSettings? Settings { get; set; }

    internal Behavior Current => _behavior;

    /// <summary>The function returns this value, as JSON.</summary>
    public TestFunction Returns(object? value) => Becomes(_ => Task.FromResult(value));

    /// <summary>The function returns what the delegate returns, as JSON. An exception fails the task.</summary>
    public TestFunction Answers(Func<FunctionCall, object?> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Becomes(call => Task.FromResult(answer(call)));
    }

    /// <summary>The function returns what the delegate returns, as JSON. An exception fails the task.</summary>
    public TestFunction AnswersAsync(Func<FunctionCall, Task<object?>> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Becomes(answer);
    }

    /// <summary>The function runs the delegate and returns nothing. An exception fails the task.</summary>
    public TestFunction Runs(Action<FunctionCall> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Becomes(call =>
        {
            run(call);
            return Task.FromResult<object?>(null);
        });
    }

    /// <summary>The function runs the delegate and returns nothing. An exception fails the task.</summary>
    public TestFunction RunsAsync(Func<FunctionCall, Task> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Becomes(async call =>
        {
            await run(call);
            return null;
        });
    }

    /// <summary>The function fails with this error, which the task shows with the type <c>runtime</c>.</summary>
    /// <param name="name">The error's name: Lambda's <c>errorType</c>.</param>
    public TestFunction Fails(string name, string message) => Becomes(_ => throw new FunctionErrorException(name, message));

    /// <summary>The function never returns. Its time limit ends it, when the test moves the clock that far.</summary>
    public TestFunction Hangs()
    {
        _behavior = new(static _ => new TaskCompletionSource<object?>().Task, Hangs: true);
        return this;
    }

    /// <summary>The function runs the code that a worker runs.</summary>
    internal void Runs(OwnFunction function) => Becomes(async call =>
    {
        RunLog log = new(call.Log, call.Services.GetRequiredService<TimeProvider>());
        log.Begin();
        try
        {
            return JsonElement.Parse(await function.Run(new(call.Task, call.Services, call.TimeLimit), call.CancellationToken));
        }
        catch (Exception exception)
        {
            log.Write("ERROR", $"The function {Name} failed\n{exception}");
            throw;
        }
        finally
        {
            log.End();
        }
    });

    internal int Add(Func<int, FunctionCall> call)
    {
        lock (_calls)
        {
            _calls.Add(call(_calls.Count + 1));
            return _calls.Count;
        }
    }

    private TestFunction Becomes(Func<FunctionCall, Task<object?>> code)
    {
        _behavior = new(code);
        return this;
    }

    /// <param name="Hangs">True when the code never ends by itself.</param>
    internal sealed record Behavior(Func<FunctionCall, Task<object?>> Code, bool Hangs = false);
}
