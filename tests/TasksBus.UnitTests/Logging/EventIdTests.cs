using System.Reflection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace TasksBus.UnitTests.Logging;

public class EventIdTests
{
    /// <summary>The programs and packages that may run in one process, of which each has its own log of entries.</summary>
    private static readonly string[] s_together =
        ["TasksBus", "TasksBus.Storage", "TasksBus.Service", "TasksBus.Server", "TasksBus.Dashboard", "TasksBus.Worker",
            "TasksBus.AspNetCore", "TasksBus.Lambda", "TasksBus.RabbitMq"];

    [Fact]
    public void Each_entry_of_the_log_has_a_number_of_its_own()
    {
        var entries = s_together.Select(Assembly.Load).SelectMany(static assembly => assembly.GetTypes())
            .SelectMany(static type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(static method => (
                Id: method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId, Name: $"{method.DeclaringType}.{method.Name}"))
            .Where(static entry => entry.Id is not null).ToList();

        Assert.True(entries.Count > 50, $"There are {entries.Count} entries.");
        Assert.Empty(entries.GroupBy(static entry => entry.Id).Where(static same => same.Count() > 1)
            .Select(static same => $"{same.Key}: {string.Join(", ", same.Select(static entry => entry.Name))}"));
    }
}
