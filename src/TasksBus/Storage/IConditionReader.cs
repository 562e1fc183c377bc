namespace TasksBus.Storage;

/// <summary>Reads what may be wrong with the database itself: for people, not for the engine.</summary>
public interface IConditionReader
{
    /// <summary>How the database stands. What its user may not see is left out.</summary>
    Task<StoreCondition> ConditionAsync(CancellationToken cancellationToken);
}
