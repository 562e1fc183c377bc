namespace TasksBus.Testing;

/// <summary>The settings of a managed function, as they are set at <c>/tasks/v1/functions</c>.</summary>
public sealed class TestFunctionSettings
{
    /// <summary>How long the function may run: whole seconds, 3 to 300. Default: 30 seconds.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The priority of tasks that give none, -9007199254740991 to 9007199254740991. Default: 0.</summary>
    public long DefaultPriority { get; set; }

    /// <summary>
    /// True when failed tasks are retried, each at most three times: 2, 5 and 10 seconds after the failure. Default: false.
    /// </summary>
    public bool IsRetried { get; set; }

    /// <summary>The names of the errors that are retried. Default: none, which stands for every error.</summary>
    public IReadOnlyList<string> ErrorsToRetry { get; set; } = [];

    /// <summary>False when the function's tasks fail at their start. Default: true.</summary>
    public bool IsEnabled { get; set; } = true;
}
