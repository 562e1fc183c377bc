namespace TasksBus.LocalLambda.Processes;

/// <summary>A user of the system that one deployed function runs as.</summary>
internal sealed class FunctionUser
{
    /// <param name="id">User and group id; no account has it.</param>
    /// <param name="home">A folder of its own, for HOME and TMPDIR.</param>
    /// <param name="prepare">What comes before anything runs as it.</param>
    public FunctionUser(int id, string home, Func<FunctionUser, Task> prepare) => (Id, Home, Ready) = (id, home, new(() => prepare(this)));

    public int Id { get; }

    public string Home { get; }

    /// <summary>Completes when it may be used.</summary>
    public Lazy<Task> Ready { get; }

    /// <summary>How many versions of the function may run as it.</summary>
    public int Holds { get; set; }

    /// <summary>Whether its function has been deleted.</summary>
    public bool IsGone { get; set; }
}
