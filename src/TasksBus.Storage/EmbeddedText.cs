namespace TasksBus.Storage;

/// <summary>Reads the files that are embedded in this assembly.</summary>
internal static class EmbeddedText
{
    /// <param name="name">The resource's name: the namespace of its folder, and the file's name.</param>
    public static string Read(string name)
    {
        using StreamReader reader = new(typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
