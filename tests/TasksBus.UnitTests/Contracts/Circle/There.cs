namespace TasksBus.UnitTests.Contracts.Circle.There;

/// <summary>The other half.</summary>
internal static class Half
{
    public static string Ask() => Here.Half.AskAsync().IsCompleted ? "yes" : "no";
}
