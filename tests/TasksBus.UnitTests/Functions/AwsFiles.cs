using System.Runtime.CompilerServices;

namespace TasksBus.UnitTests.Functions;

/// <summary>
/// The settings files of the AWS SDK. They are empty, so that no setting of this machine reaches a test. The SDK looks for them once in a
/// process, and only for files that exist, so they are made before any test runs.
/// </summary>
internal static class AwsFiles
{
    public static string Folder { get; } = Directory.CreateTempSubdirectory("tasksbus-test-").FullName;

    [ModuleInitializer]
    internal static void Choose()
    {
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(Folder, "credentials"));
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", Path.Combine(Folder, "config"));
        Clear();
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Directory.Delete(Folder, recursive: true);
    }

    public static void Clear()
    {
        foreach (var file in (string[])["credentials", "config"])
        {
            File.WriteAllText(Path.Combine(Folder, file), "");
        }
    }
}
