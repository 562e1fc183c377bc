namespace TasksBus.Functions;

internal static class NotReached
{
    /// <summary>The error message of a process that has no invoker.</summary>
    public const string Message =
        "This server reaches no Lambda, so it cannot do that: set TasksBus:Lambda:Region or TasksBus:Lambda:Endpoint for the "
            + "process that has the role api.";
}
