using System.Text.Json;

namespace TasksBus.Tool.Connecting;

/// <summary>The file of profiles in the folder of the user's configuration. Only the user may read it, because it may hold keys.</summary>
internal sealed class ProfileFile(string configFolder)
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly string _folder = Path.Combine(configFolder, "tasksbus");

    public string FilePath => Path.Combine(_folder, "profiles.json");

    /// <summary>True when the file is there and others may read or change it.</summary>
    public bool IsOpenToOthers =>
        !OperatingSystem.IsWindows() && File.Exists(FilePath) && (File.GetUnixFileMode(FilePath) & Others) != 0;

    /// <exception cref="ToolException">The file cannot be read.</exception>
    public Profiles Read()
    {
        try
        {
            using var file = File.OpenRead(FilePath);
            return JsonSerializer.Deserialize(file, ProfilesJson.Default.Profiles) ?? new();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new();
        }
        catch (JsonException exception)
        {
            // The exception's own message may repeat what stands there.
            throw ToolException.Usage(
                $"The file of profiles, {FilePath}, is not valid JSON: line {exception.LineNumber + 1}. Correct it or delete it.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ToolException.Usage($"The file of profiles, {FilePath}, cannot be read: {exception.Message}");
        }
    }

    /// <exception cref="ToolException">The file cannot be written.</exception>
    public void Write(Profiles profiles)
    {
        var isUnix = !OperatingSystem.IsWindows();
        var written = $"{FilePath}.{Environment.ProcessId}";
        try
        {
            _ = isUnix ? Directory.CreateDirectory(_folder, OwnFolder) : Directory.CreateDirectory(_folder);
            FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
            if (isUnix)
            {
                options.UnixCreateMode = OwnFile;
            }

            using (FileStream file = new(written, options))
            {
                JsonSerializer.Serialize(file, profiles, ProfilesJson.Default.Profiles);
            }

            File.Move(written, FilePath, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ToolException.Usage($"The file of profiles, {FilePath}, cannot be written: {exception.Message}");
        }
    }
}
