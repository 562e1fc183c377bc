namespace TasksBus.LocalLambda.Processes;

/// <summary>A system user that one deployed function runs as.</summary>
internal sealed class FunctionUser
{
    /// <param name="id">The user and group id, which no account has.</param>
    /// <param name="home">Its own folder, for HOME and TMPDIR.</param>
    /// <param name="prepare">Runs before anything runs as this user.</param>
    public FunctionUser(int id, string home, Func<FunctionUser, Task> prepare) => (Id, Home, Ready) = (id, home, new(() => prepare(this)));

    public int Id { get; }

    public string Home { get; }

    /// <summary>Completes when the user may be used.</summary>
    public Lazy<Task> Ready { get; }

    /// <summary>How many versions of the function may run as this user.</summary>
    public int Holds { get; set; }

    /// <summary>True when its function has been deleted.</summary>
    public bool IsGone { get; set; }
}
