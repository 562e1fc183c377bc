namespace TasksBus.Storage;

/// <summary>
/// The managed functions as they are stored. What Lambda must be asked for is a step: written down before, with a time by which it is
/// over, and again when it is done. A step that was not ended in time belongs to whoever takes it over.
/// </summary>
public interface IFunctionStore
{
    /// <summary>All that are there, by name; those that are being made are not.</summary>
    Task<IReadOnlyList<StoredFunction>> AllAsync();

    /// <summary>One, whatever is being done to it; null where there is none.</summary>
    Task<StoredFunction?> FindAsync(string name);

    /// <summary>Those whose step was not ended in time.</summary>
    Task<IReadOnlyList<StoredFunction>> AbandonedAsync();

    /// <summary>Adds a function that is about to be made in Lambda.</summary>
    /// <returns>Null: it was added, and has its step. Otherwise the one that has the name already.</returns>
    Task<StoredFunction?> AddAsync(StoredFunction function, TimeSpan atMost);

    /// <summary>Begins a step, unless the function is another one than was seen, or is in a step already.</summary>
    /// <param name="seen">Gets the step.</param>
    /// <param name="next">For an update: the function as it is to be.</param>
    /// <param name="nextCodeHash">For an update with code: its SHA-256 as base64.</param>
    Task<bool> BeginAsync(StoredFunction seen, string step, TimeSpan atMost, StoredFunction? next = null, string? nextCodeHash = null);

    /// <summary>Takes over a step that was not ended in time; whoever had it cannot end it any more.</summary>
    Task<bool> TakeOverAsync(StoredFunction seen, TimeSpan atMost);

    /// <summary>Ends the caller's step.</summary>
    /// <param name="settings">The function as it is now, where the step changed it.</param>
    /// <param name="account">Where Lambda has it, as far as it told.</param>
    /// <returns>False: somebody else took the step over.</returns>
    Task<bool> EndAsync(StoredFunction seen, StoredFunction? settings, string? account = null);

    /// <summary>Forgets the function with the caller's step.</summary>
    /// <returns>False: somebody else took the step over.</returns>
    Task<bool> RemoveAsync(StoredFunction seen);

    /// <summary>Changes settings that are ours alone, unless the function is another one than was seen, or is in a step.</summary>
    Task<bool> ChangeAsync(StoredFunction seen, StoredFunction settings);

    /// <summary>Enables or disables the function, whatever is being done to it.</summary>
    Task<bool> EnableAsync(StoredFunction seen, bool isEnabled);
}
