namespace TasksBus.Storage;

/// <summary>
/// The managed functions as they are stored. A request to Lambda is a step. It is stored before the request, with a time by which it must
/// be over, and again when it is done. A step that was not ended in time belongs to the process that takes it over.
/// </summary>
public interface IFunctionStore
{
    /// <summary>All functions, sorted by name, without those that are being created.</summary>
    Task<IReadOnlyList<StoredFunction>> AllAsync();

    /// <summary>A function, whatever step is under way. Null when there is none.</summary>
    Task<StoredFunction?> FindAsync(string name);

    /// <summary>The functions whose step was not ended in time.</summary>
    Task<IReadOnlyList<StoredFunction>> AbandonedAsync();

    /// <summary>Adds a function that is about to be created in Lambda.</summary>
    /// <returns>Null when it was added and has its step. Otherwise the function that has the name already.</returns>
    Task<StoredFunction?> AddAsync(StoredFunction function, TimeSpan atMost);

    /// <summary>Begins a step, unless the function has changed since it was seen, or is in a step already.</summary>
    /// <param name="seen">The function as the caller saw it. It gets the step.</param>
    /// <param name="next">For an update: the function as it will be.</param>
    /// <param name="nextCodeHash">For an update with code: its SHA-256 as base64.</param>
    Task<bool> BeginAsync(StoredFunction seen, string step, TimeSpan atMost, StoredFunction? next = null, string? nextCodeHash = null);

    /// <summary>Takes over a step that was not ended in time. The process that had it cannot end it any more.</summary>
    Task<bool> TakeOverAsync(StoredFunction seen, TimeSpan atMost);

    /// <summary>Ends the caller's step.</summary>
    /// <param name="settings">The current function, if the step changed it.</param>
    /// <param name="account">The account in which Lambda has it, if known.</param>
    /// <returns>False when another process took the step over.</returns>
    Task<bool> EndAsync(StoredFunction seen, StoredFunction? settings, string? account = null);

    /// <summary>Deletes the function with the caller's step.</summary>
    /// <returns>False when another process took the step over.</returns>
    Task<bool> RemoveAsync(StoredFunction seen);

    /// <summary>Changes settings that do not concern Lambda, unless the function has changed since it was seen, or is in a step.</summary>
    Task<bool> ChangeAsync(StoredFunction seen, StoredFunction settings);

    /// <summary>Enables or disables the function, whatever step is under way.</summary>
    Task<bool> EnableAsync(StoredFunction seen, bool isEnabled);
}
