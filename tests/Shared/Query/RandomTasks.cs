using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Tests.Storage;

namespace TasksBus.Tests.Query;

/// <summary>Tasks with few different values, so that queries find some of them, and with every character that ever made trouble.</summary>
internal static class RandomTasks
{
    public static readonly string[] Texts =
    [
        "", "a", "A", "b", "ab", "abc", "a%b", "_", "%", "\\", "\\\\", "'", "\"", "a,b", "(x)", "x&y", "a=b", "null", "true", "12", "1.0",
        "a:b", "string:a", " ", "+", "é", "e\u0301", "日本", "🙂", "\uFFFD",
        "2030-01-02T03:04:05.678Z", "507f1f77bcf86cd799439011", "'; drop table tasks; --", "\n\t",
    ];

    public static readonly decimal[] Numbers = [-5, -0.5m, 0, 1, 1.5m, 2, 10, 9_007_199_254_740_993, -9_223_372_036_854_775_808];

    public static readonly string[] Keys = ["a", "b", "c", "list", "k.x", "0", "1", "", "ключ 🔑", "q\"'\\", "*", "$", "[0]", "a b"];

    public static readonly string[] Functions = ["greet", "greet-2", "Greet", "arn:aws:lambda:eu-west-1:1:function:x"];

    public static readonly string[] Users = ["user-1", "User-1", "ü%_"];

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Gen<string> s_scalar = Pick.From(
        // A text as it is, or with every character outside ASCII escaped.
        Gen.Select(Pick.One(Texts), Gen.Bool, static (text, isRelaxed) => JsonSerializer.Serialize(text, isRelaxed ? s_relaxed : null)),
        Pick.One(Numbers).Select(static number => FormattableString.Invariant($"{number}")),
        Pick.One("true", "false", "null", "1e0", "10.0"));

    private static readonly Gen<ScheduleTask> s_task =
        from function in Pick.One(Functions)
        from data in Pick.Weighted((1, Gen.Const((string?)null)), (8, Object(3).Select(static text => (string?)text)))
        from priority in Gen.Long[-2, 2]
        from tags in Pick.One(Texts[..12]).Array[0, 4]
        from start in Gen.Int[0, 3]
        select new ScheduleTask
        {
            FunctionName = function,
            Data = data is null ? null : JsonElement.Parse(data),
            Priority = priority,
            Tags = tags,
            StartTimestamp = start == 0 ? null : StoredEngine.Start.AddYears(-9).AddTicks(start * 5_000),
        };

    /// <summary>Stores tasks of every status.</summary>
    public static async Task StoreAsync(StoredEngine engine, int count)
    {
        var tasks = new List<(ScheduleTask Task, int Fate, string? User, int Retries)>();
        Gen.Select(s_task, Gen.Int[0, 5], Pick.One(Users.Append(null).ToArray()), Gen.Int[0, 2])
            .Sample(made => tasks.Add(made), iter: count, threads: 1);
        var worker = await engine.AddWorkerAsync(slots: 10 * count);
        foreach (var (task, fate, user, retries) in tasks)
        {
            var id = TaskId.New();
            var content = task with { TaskId = id.ToString() };
            await engine.RaiseAsync(user is null ? content
                : new SuccessorScheduled(
                    id.ToGuid(), content, [.. Enumerable.Range(0, retries).Select(static _ => TaskId.New().ToString())], user,
                    user.ToUpperInvariant(), TimeSpan.Zero));
            await EndAsync(engine, id, worker, fate);
        }
    }

    private static async Task EndAsync(StoredEngine engine, TaskId id, Guid worker, int fate)
    {
        if (fate >= 2)
        {
            await engine.RaiseAsync(new TaskClaimed(id.ToGuid(), worker, worker, TimeSpan.FromMinutes(5)));
        }

        await engine.RaiseAsync(fate switch
        {
            0 => new StartDue(id.ToGuid(), null),
            1 => new CancelTask(id.ToString()),
            2 => new FunctionReturned(id.ToGuid(), worker, null),
            3 => new FunctionFailed(id.ToGuid(), worker, new(TaskErrorTypes.Runtime, "TypeError", "a%b_ é"), null),
            4 => new FunctionFailed(
                id.ToGuid(), worker, new(TaskErrorTypes.Invocation, "Typed", ""), null, new(TaskId.New().ToString(), TimeSpan.Zero)),
            _ => new TaskClaimed(id.ToGuid(), worker, worker, TimeSpan.FromMinutes(5)),
        });
    }

    private static Gen<string> Value(int depth) =>
        depth == 0 ? s_scalar : Pick.Weighted((3, s_scalar), (2, Object(depth)), (2, Array(depth)));

    private static Gen<string> Object(int depth) => Gen.Select(Gen.Shuffle(Keys), Value(depth - 1).Array[0, 5],
        static (keys, values) =>
            $"{{{string.Join(", ", values.Zip(keys, static (value, key) => $"{JsonSerializer.Serialize(key)}: {value}"))}}}");

    private static Gen<string> Array(int depth) => Value(depth - 1).Array[0, 3].Select(static values => $"[{string.Join(",", values)}]");
}
