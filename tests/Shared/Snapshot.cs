using Xunit;

namespace TasksBus.Tests;

/// <summary>
/// A text in the repository that the code makes. With <c>TASKSBUS_WRITE_SNAPSHOTS=1</c> it is written anew instead of compared.
/// </summary>
internal static class Snapshot
{
    /// <param name="path">The file, from the repository's root.</param>
    /// <param name="made">What the code makes.</param>
    /// <param name="begin">What stands before it, where it is only a part of the file.</param>
    /// <param name="end">What stands after it.</param>
    public static void Matches(string path, string made, string begin = "", string end = "")
    {
        var file = Path.Combine(Repository.Root, path);
        var text = File.Exists(file) ? File.ReadAllText(file) : "";
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = end.Length == 0 ? text.Length : text.IndexOf(end, from, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"{path} does not have '{begin}' and, behind it, '{end}'.");
        if (Environment.GetEnvironmentVariable("TASKSBUS_WRITE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(file, text[..from] + made + text[to..]);
            return;
        }

        Assert.Equal(made, text[from..to]);
    }
}
