using System.ComponentModel.DataAnnotations;
using TasksBus.Settings;

namespace TasksBus;

/// <summary>How long ended tasks, logs, API requests and events are kept. Tasks are kept forever unless it is set.</summary>
public sealed class RetentionOptions
{
    private const string Day = "1.00:00:00";
    private const string Hour = "01:00:00";

    /// <summary>A hundred years.</summary>
    private const string Longest = "36525.00:00:00";

    /// <summary>
    /// How long final tasks are kept, with their logs: 1.00:00:00 to 36525.00:00:00. During that time a message that is delivered again,
    /// and a request with the same key, find the task that they made. Default: forever.
    /// </summary>
    [Setting("how long final tasks are kept, with their logs", Default = "for ever")]
    [Range(typeof(TimeSpan), Day, Longest)]
    public TimeSpan? Tasks { get; set; }

    /// <summary>
    /// How long logs are kept, if their tasks and API requests are kept longer: 01:00:00 to 36525.00:00:00. Default: 30 days.
    /// </summary>
    [Setting("how long logs are kept")]
    [Range(typeof(TimeSpan), Hour, Longest)]
    public TimeSpan Logs { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long API requests are kept, with their logs: 01:00:00 to 36525.00:00:00. Default: 30 days.</summary>
    [Setting("how long API requests are kept, with their logs")]
    [Range(typeof(TimeSpan), Hour, Longest)]
    public TimeSpan ApiRequests { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long events that were raised are kept: 1.00:00:00 to 36525.00:00:00. During that time the same event again triggers nothing.
    /// Their tasks stay. Default: 30 days.
    /// </summary>
    [Setting("how long events that were raised are kept; their tasks stay")]
    [Range(typeof(TimeSpan), Day, Longest)]
    public TimeSpan Events { get; set; } = TimeSpan.FromDays(30);
}
