namespace TasksBus.Storage;

/// <summary>The maintenance that the tables of the queue need.</summary>
public interface IQueueVacuum
{
    /// <summary>Removes dead rows of claims and reports, if the database needs to be told.</summary>
    Task VacuumAsync(CancellationToken cancellationToken);
}
