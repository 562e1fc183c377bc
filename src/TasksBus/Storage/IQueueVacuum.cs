namespace TasksBus.Storage;

/// <summary>What the tables of the queue need now and then.</summary>
public interface IQueueVacuum
{
    /// <summary>Clears away what claims and reports left behind, where the database needs telling.</summary>
    Task VacuumAsync(CancellationToken cancellationToken);
}
