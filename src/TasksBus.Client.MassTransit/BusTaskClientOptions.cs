using System.Text.Json;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <summary>How calls over the bus are made.</summary>
public sealed class BusTaskClientOptions
{
    /// <summary>
    /// The name of this service, which its tasks and their events carry, unless a task has another: 1 to 60 of the characters A-Z, a-z,
    /// 0-9, - and _. Null names none.
    /// </summary>
    public string? Publisher { get; set; }

    /// <summary>
    /// How long one try of a call may take, until the broker has taken the message or the answer is there: 1 second to 10 minutes.
    /// Default: 10 seconds.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a call is tried again after its first failure, when the broker did not take it or no answer came: 0 to 1 hour. 0 tries
    /// each call once. The pauses grow from 0.1 to 5 seconds. Default: 1 minute.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How inputs are written. Default: the web defaults of System.Text.Json, with names in camelCase.</summary>
    public JsonSerializerOptions InputJson { get; set; } = JsonSerializerOptions.Web;

    /// <summary>Makes a task as these options say.</summary>
    internal ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? options) =>
        ScheduleOptions.Or(options, Publisher, InputJson).NewTask(functionName, input);
}

/// <summary>Checks the options when the client is made.</summary>
internal sealed class BusOptionsCheck : IValidateOptions<BusTaskClientOptions>
{
    public ValidateOptionsResult Validate(string? name, BusTaskClientOptions options) =>
        ClientRules.FaultsOf(options.RequestTimeout, options.RetryFor, options.Publisher, options.InputJson).ToList()
            is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
}
