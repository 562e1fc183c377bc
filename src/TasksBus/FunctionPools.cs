using TasksBus.Storage;

namespace TasksBus;

/// <summary>Which pool's workers run a function.</summary>
public sealed class FunctionPools(IReadOnlyDictionary<string, IReadOnlyList<string>> functionsOfPools)
{
    private readonly Dictionary<string, string> _pools =
        functionsOfPools.SelectMany(static pool => pool.Value, static (pool, function) => (Pool: pool.Key, Function: function))
            .ToDictionary(static pair => pair.Function, static pair => pair.Pool);

    /// <param name="functionName">A name, <c>name:qualifier</c> or ARN, as a task names it.</param>
    public string Of(string functionName) =>
        _pools.Count == 0 ? TaskRecord.DefaultPool
        : _pools.GetValueOrDefault(functionName) ?? _pools.GetValueOrDefault(NameIn(functionName)) ?? TaskRecord.DefaultPool;

    /// <summary>The bare name: of <c>arn:aws:lambda:region:account:function:name:qualifier</c> the seventh part, else what stands before a colon.</summary>
    private static string NameIn(string functionName)
    {
        var parts = functionName.Split(':');
        return parts is ["arn", _, "lambda", _, _, "function", var name, ..] ? name : parts[0];
    }
}
