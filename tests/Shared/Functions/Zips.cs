using System.IO.Compression;

namespace TasksBus.Tests.Functions;

/// <summary>Zip files as callers send them.</summary>
internal static class Zips
{
    /// <summary>A zip with these files, in the order given; an attribute makes one a link.</summary>
    public static byte[] Of(params (string Path, string Text, bool IsLink)[] files)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create))
        {
            foreach (var (path, text, isLink) in files)
            {
                var entry = archive.CreateEntry(path);
                // Two zips of the same files are equal, whenever they are made.
                entry.LastWriteTime = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
                if (isLink)
                {
                    entry.ExternalAttributes = unchecked((int)0xA1FF0000);
                }

                using var writer = new StreamWriter(entry.Open());
                writer.Write(text);
            }
        }

        return buffer.ToArray();
    }

    public static string Base64(string path = "index.mjs", string text = "export const handler = async () => null;") =>
        Convert.ToBase64String(Of((path, text, false)));
}
