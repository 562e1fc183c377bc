namespace TasksBus.Storage;

/// <summary>Reads what may be wrong with the database, and with what it shows: for people, not for the engine.</summary>
public interface IConditionReader
{
    /// <summary>How the database stands. What its user may not see is left out.</summary>
    Task<StoreCondition> ConditionAsync(CancellationToken cancellationToken);

    /// <summary>What keeps functions from running.</summary>
    /// <param name="since">Tasks that failed before are left out.</param>
    Task<RunTroubles> RunTroublesAsync(DateTimeOffset since, CancellationToken cancellationToken);
}
