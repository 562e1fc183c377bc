namespace TasksBus.LocalLambda.Tests;

/// <summary>A test of what the server can do only as root on Linux.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/usr/bin/setpriv"))
        {
            Skip = "Functions have users of their own where the server runs as root on Linux, with setpriv.";
        }
    }
}
