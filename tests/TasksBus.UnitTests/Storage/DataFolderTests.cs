using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Storage;

/// <summary>Who may enter the folder of a server that runs alone.</summary>
public sealed class DataFolderTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Open =
        Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task It_is_made_for_the_servers_user_alone_with_those_above_it()
    {
        var folder = Path.Combine(_temp.Path, "above", "data");
        await StartAsync(folder);
        Assert.All(
            [Path.Combine(_temp.Path, "above"), folder, Path.Combine(folder, "keys"), Path.Combine(folder, "lambda")],
            static path => Assert.Equal(Private, ModeOf(path)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("tasksbus.db")]
    public async Task One_that_is_there_is_closed_to_others_where_it_is_empty_or_has_a_database(string? file)
    {
        var folder = Folder(file);
        await StartAsync(folder);
        Assert.Equal(Private, ModeOf(folder));
    }

    [Fact]
    public async Task One_that_holds_other_things_is_refused_and_stays_as_it_is()
    {
        var folder = Folder("letter.txt");
        var refusal = await Assert.ThrowsAsync<StartException>(() => StartAsync(folder));
        Assert.Contains("it holds other things", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Open, ModeOf(folder));
        Assert.Equal(["letter.txt"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task One_that_holds_other_things_and_is_closed_may_be_used()
    {
        var folder = Folder("letter.txt");
        SetMode(folder, Private);
        await StartAsync(folder);
    }

    private string Folder(string? file)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_temp.Path, "data")).FullName;
        SetMode(folder, Open);
        if (file is not null)
        {
            File.WriteAllText(Path.Combine(folder, file), "");
        }

        return folder;
    }

    private async Task StartAsync(string folder)
    {
        var functions = Directory.CreateDirectory(Path.Combine(_temp.Path, "functions")).FullName;
        await using var host = await ServerHost.BuildAsync(
            ["--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder}", $"--TasksBus:FunctionsPath={functions}",
                "--Logging:LogLevel:Default=None"]);
        await host.StartAsync();
        await host.StopAsync();
    }

    private static UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
