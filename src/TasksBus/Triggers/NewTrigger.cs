using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Triggers;

/// <summary>The properties of a trigger to create.</summary>
/// <param name="EventType">The type of the events that trigger the actions.</param>
/// <param name="Actions">What each event schedules.</param>
public sealed record NewTrigger(string EventType, IReadOnlyList<NewAction> Actions)
{
    /// <summary>A name that no other trigger has.</summary>
    public string? Name { get; init; }

    /// <summary>A description for people: at most <see cref="MaxDescriptionLength"/> characters.</summary>
    public string? Description { get; init; }

    /// <summary>Words by which the trigger can be found.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The longest description of a trigger or of an action, in characters.</summary>
    public const int MaxDescriptionLength = 4_096;

    /// <exception cref="CommandRefusedException">The trigger breaks a rule.</exception>
    public void Check()
    {
        ScheduleRules.Refuse(EventRules.FaultOfName("eventType", EventType, "the type of the events that trigger the actions"));
        CheckTexts(Name, Description);
        CheckTags(Tags);
        TriggerBook.CheckCount(Actions.Count);
        for (var i = 0; i < Actions.Count; i++)
        {
            try
            {
                Actions[i].Check();
            }
            catch (CommandRefusedException refused)
            {
                throw new CommandRefusedException(refused.Refusal.At("actions", i));
            }
        }
    }

    /// <exception cref="CommandRefusedException">A text breaks a rule.</exception>
    internal static void CheckTexts(string? name, string? description)
    {
        if (name is not null)
        {
            ScheduleRules.Refuse(EventRules.FaultOfName("name", name, "a name of its own"));
        }

        if (description is not null && (description.Length > MaxDescriptionLength || !TaskRules.IsStorable(description)))
        {
            throw new CommandRefusedException(
                ErrorCode.FieldFormat,
                $"description must be a text of at most {MaxDescriptionLength} characters without U+0000 and half of a surrogate pair.");
        }
    }

    /// <exception cref="CommandRefusedException">The tags break the rules of those of tasks.</exception>
    internal static void CheckTags(IReadOnlyList<string> tags) =>
        ScheduleRules.Refuse(TaskRules.FaultOf(new ScheduleTask { FunctionName = "any", Tags = tags }));
}

/// <summary>The properties of an action to create.</summary>
/// <param name="Task">What the task is made from: function, data, tags, priority and start time.</param>
public sealed record NewAction(ScheduleTask Task)
{
    /// <summary>A name for people.</summary>
    public string? Name { get; init; }

    /// <summary>A description for people: at most <see cref="NewTrigger.MaxDescriptionLength"/> characters.</summary>
    public string? Description { get; init; }

    /// <summary>The seconds between the event and the start of the task, instead of a start time.</summary>
    public long? Delay { get; init; }

    /// <exception cref="CommandRefusedException">The action breaks a rule.</exception>
    public void Check()
    {
        ScheduleRules.Check(Task);
        ScheduleRules.Refuse(EventRules.FaultOfAction(Task.Data, Task.StartTimestamp, Delay));
        NewTrigger.CheckTexts(Name, Description);
    }

    internal TriggerAction Under(TaskId id) => new()
    {
        Id = id,
        Name = Name,
        Description = Description,
        FunctionName = Task.FunctionName,
        Data = Task.Data?.GetRawText(),
        Tags = Task.Tags ?? [],
        StartTimestamp = Task.StartTimestamp,
        Delay = Delay,
        Priority = Task.Priority,
    };
}
