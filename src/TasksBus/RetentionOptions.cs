using System.ComponentModel.DataAnnotations;
using TasksBus.Settings;

namespace TasksBus;

/// <summary>How long what has ended is kept. Tasks are kept for ever unless it is set.</summary>
public sealed class RetentionOptions
{
    private const string Day = "1.00:00:00";
    private const string Hour = "01:00:00";

    /// <summary>A hundred years.</summary>
    private const string Longest = "36525.00:00:00";

    /// <summary>
    /// How long tasks are kept once they are final, with their logs: 1.00:00:00 to 36525.00:00:00. Until then a message that is delivered again, and a request with
    /// the same key, find the task that they made. Default: for ever.
    /// </summary>
    [Setting("how long final tasks are kept, with their logs", Default = "for ever")]
    [Range(typeof(TimeSpan), Day, Longest)]
    public TimeSpan? Tasks { get; set; }

    /// <summary>How long logs are kept, of tasks and of API requests that are kept longer: 01:00:00 to 36525.00:00:00. Default: 30 days.</summary>
    [Setting("how long logs are kept")]
    [Range(typeof(TimeSpan), Hour, Longest)]
    public TimeSpan Logs { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long API requests are kept, with their logs: 01:00:00 to 36525.00:00:00. Default: 30 days.</summary>
    [Setting("how long API requests are kept, with their logs")]
    [Range(typeof(TimeSpan), Hour, Longest)]
    public TimeSpan ApiRequests { get; set; } = TimeSpan.FromDays(30);
}
