namespace TasksBus.UnitTests.Contracts.Circle.Here;

/// <summary>One half of a circle that shows only in the bodies of methods.</summary>
internal static class Half
{
    public static async Task<string> AskAsync()
    {
        await Task.Yield();
        return string.Concat(Enumerable.Range(0, 1).Select(static _ => There.Half.Ask()));
    }
}
