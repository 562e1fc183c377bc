namespace TasksBus.UnitTests.Contracts.Circle.Here;

/// <summary>Half of a circle that shows in bodies alone.</summary>
internal static class Half
{
    public static async Task<string> AskAsync()
    {
        await Task.Yield();
        return string.Concat(Enumerable.Range(0, 1).Select(static _ => There.Half.Ask()));
    }
}
