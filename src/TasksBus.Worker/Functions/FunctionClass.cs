using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace TasksBus.Worker.Functions;

/// <summary>Runs functions that are classes.</summary>
internal static class FunctionClass
{
    private static readonly MethodInfo s_run = Method(nameof(Run));
    private static readonly MethodInfo s_runWithResult = Method(nameof(RunWithResult));

    /// <exception cref="ArgumentException">The class implements neither interface, or several.</exception>
    public static Func<TaskContext, CancellationToken, Task<byte[]>> Of(Type type, TaskFunctions functions)
    {
        var interfaces = type.GetInterfaces().Where(static one => one.IsGenericType
            && (one.GetGenericTypeDefinition() == typeof(ITaskFunction<>) || one.GetGenericTypeDefinition() == typeof(ITaskFunction<,>)))
            .ToArray();
        if (interfaces is not [var contract])
        {
            throw new ArgumentException(
                $"{type.Name} implements {(interfaces.Length == 0 ? "neither" : "more than one of")} ITaskFunction<TInput> and "
                    + "ITaskFunction<TInput, TResult>. A function implements one of them.");
        }

        var arguments = contract.GetGenericArguments();
        var method = (arguments.Length == 1 ? s_run : s_runWithResult).MakeGenericMethod([type, .. arguments]);
        return method.CreateDelegate<Func<TaskFunctions, Func<TaskContext, CancellationToken, Task<byte[]>>>>()(functions);
    }

    private static Func<TaskContext, CancellationToken, Task<byte[]>> Run<TFunction, TInput>(TaskFunctions functions)
        where TFunction : class, ITaskFunction<TInput> => async (task, cancellationToken) =>
        {
            await using var made = Made<TFunction>.In(task.Services);
            return await FunctionResult.OfAsync(
                made.Function.RunAsync(task.Read<TInput>(functions.Json), task, cancellationToken), functions.Json);
        };

    private static Func<TaskContext, CancellationToken, Task<byte[]>> RunWithResult<TFunction, TInput, TResult>(TaskFunctions functions)
        where TFunction : class, ITaskFunction<TInput, TResult> => async (task, cancellationToken) =>
        {
            await using var made = Made<TFunction>.In(task.Services);
            var result = await made.Function.RunAsync(task.Read<TInput>(functions.Json), task, cancellationToken);
            return JsonSerializer.SerializeToUtf8Bytes(result, functions.Json);
        };

    private static MethodInfo Method(string name) => typeof(FunctionClass).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <param name="IsOurs">True when the container does not know the class, and so does not dispose of the instance.</param>
    private readonly record struct Made<TFunction>(TFunction Function, bool IsOurs) : IAsyncDisposable
        where TFunction : class
    {
        public static Made<TFunction> In(IServiceProvider services) => services.GetService<TFunction>() is { } known
            ? new(known, false) : new(ActivatorUtilities.CreateInstance<TFunction>(services), true);

        public async ValueTask DisposeAsync()
        {
            if (!IsOurs)
            {
                return;
            }

            if (Function is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync();
            }
            else
            {
                (Function as IDisposable)?.Dispose();
            }
        }
    }
}
