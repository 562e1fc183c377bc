using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

/// <summary>Which part may use which.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Assembly s_engine = typeof(ICommitStore).Assembly;

    private static readonly string s_source = Path.Combine(Repository.Root, "src");

    /// <summary>What the engine may reach only through a port.</summary>
    private static readonly string[] s_outside =
        ["AWSSDK", "MassTransit.RabbitMqTransport", "Microsoft.AspNetCore", "Microsoft.Data", "Microsoft.EntityFrameworkCore", "Npgsql",
            "RabbitMQ", "SQLitePCL"];

    [Fact]
    public void The_folders_of_the_engine_form_no_circle() =>
        Assert.Empty(NamespaceGraph.Of(s_engine, "TasksBus").WithSource(Path.Combine(s_source, "TasksBus")).Cycles());

    [Fact]
    public void A_circle_that_shows_in_bodies_alone_is_found()
    {
        var cycles = NamespaceGraph.Of(typeof(ArchitectureTests).Assembly, "TasksBus.UnitTests.Contracts.Circle").Cycles();

        Assert.Equal(2, cycles.Count);
        Assert.Contains(cycles, static cycle => cycle.StartsWith(
            "TasksBus.UnitTests.Contracts.Circle.Here -> TasksBus.UnitTests.Contracts.Circle.There", StringComparison.Ordinal));
    }

    /// <summary>The query language knows nothing about the databases that answer.</summary>
    [Theory]
    [InlineData("TasksBus.Settings")]
    [InlineData("TasksBus", "TasksBus.Settings")]
    [InlineData("TasksBus.Query", "TasksBus")]
    [InlineData("TasksBus.Storage", "TasksBus", "TasksBus.Query")]
    [InlineData("TasksBus.Lifecycle", "TasksBus", "TasksBus.Storage")]
    public void This_folder_of_the_engine_uses_these_alone(string folder, params string[] known) =>
        Assert.Empty(NamespaceGraph.Of(s_engine, "TasksBus").WithSource(Path.Combine(s_source, "TasksBus")).UsedBy(folder).Except(known));

    [Theory]
    [InlineData("TasksBus.Storage")]
    [InlineData("TasksBus.Query")]
    [InlineData("TasksBus.Dispatch")]
    public void No_type_of_this_folder_knows_MassTransit(string folder)
    {
        var types = s_engine.GetTypes().Where(type => type.Namespace == folder).ToArray();
        Assert.NotEmpty(types);

        Assert.Empty(types.SelectMany(static type => CodeReferences.Of(type).Where(IsOfMassTransit).Select(used => $"{type} uses {used}")));
    }

    [Fact]
    public void The_scan_finds_MassTransit_where_it_is_used() => Assert.Contains(CodeReferences.Of(typeof(TaskLifecycle)), IsOfMassTransit);

    /// <summary>
    /// The set-up of the bus, the adapter of the saga and the consumers. The harness for tests stands on MassTransit's own, and one of the
    /// clients is for services that have a bus.
    /// </summary>
    [Fact]
    public void No_other_source_file_than_these_knows_MassTransit()
    {
        var known = Directory.EnumerateFiles(s_source, "*.cs", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(s_source, file).Replace('\\', '/'))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
                && !file.StartsWith("samples/", StringComparison.Ordinal))
            .Where(static file => File.ReadLines(Path.Combine(s_source, file)).Any(static line => UsesMassTransit().IsMatch(line)));

        Assert.Equal(
            ["TasksBus.Client.MassTransit", "TasksBus.RabbitMq", "TasksBus.Testing", "TasksBus/Lifecycle", "TasksBus/Messaging"],
            known.Select(static file => file.Split('/')[0] is "TasksBus.Testing" or "TasksBus.Client.MassTransit" ? file.Split('/')[0]
                : Path.GetDirectoryName(file) is "TasksBus/Lifecycle" or "TasksBus/Messaging" or "TasksBus.RabbitMq"
                    ? Path.GetDirectoryName(file)!
                    : file)
                .Distinct().Order(StringComparer.Ordinal));
        // Each file names everything that it uses.
        Assert.All(
            Directory.EnumerateFiles(s_source, "*.csproj", SearchOption.AllDirectories),
            static project => Assert.Empty(XDocument.Load(project).Descendants("Using")));
    }

    /// <summary>Only the projects for databases, AWS and RabbitMQ know them.</summary>
    [Fact]
    public void The_engine_knows_no_database_no_cloud_and_no_broker() =>
        Assert.DoesNotContain(
            s_engine.GetReferencedAssemblies(), static name => name.Name != "Microsoft.AspNetCore.DataProtection.Abstractions"
                && s_outside.Any(prefix => name.Name!.StartsWith(prefix, StringComparison.Ordinal)));

    [Fact]
    public void The_contracts_depend_on_the_platform_alone() =>
        Assert.All(
            typeof(TaskId).Assembly.GetReferencedAssemblies(),
            static name => Assert.StartsWith("System", name.Name, StringComparison.Ordinal));

    [Theory]
    [InlineData("TasksBus.Contracts")]
    [InlineData("TasksBus.Client", "TasksBus.Contracts")]
    [InlineData("TasksBus.CommandLine", "TasksBus.Client")]
    [InlineData("TasksBus.Client.MassTransit", "TasksBus.Contracts")]
    [InlineData("TasksBus.Client.PostgreSql", "TasksBus.Contracts")]
    [InlineData("TasksBus.LocalLambda", "TasksBus.Contracts")]
    [InlineData("TasksBus", "TasksBus.Contracts")]
    [InlineData("TasksBus.Storage", "TasksBus")]
    [InlineData("TasksBus.Lambda", "TasksBus")]
    [InlineData("TasksBus.Testing", "TasksBus", "TasksBus.Storage", "TasksBus.Worker")]
    [InlineData("TasksBus.Worker", "TasksBus", "TasksBus.RabbitMq", "TasksBus.Storage")]
    [InlineData("TasksBus.RabbitMq", "TasksBus")]
    [InlineData("TasksBus.Service", "TasksBus", "TasksBus.Lambda", "TasksBus.RabbitMq", "TasksBus.Storage")]
    [InlineData("TasksBus.Dashboard", "TasksBus", "TasksBus.Service")]
    [InlineData(
        "TasksBus.Server", "TasksBus", "TasksBus.Dashboard", "TasksBus.Lambda", "TasksBus.LocalLambda", "TasksBus.Service",
        "TasksBus.Storage")]
    [InlineData("TasksBus.AspNetCore", "TasksBus.Service", "TasksBus.Worker")]
    public void A_project_uses_only_what_it_may(string project, params string[] allowed) =>
        Assert.Empty(ProjectTable.Projects(project).Except(allowed));

    [Fact]
    public void The_page_on_architecture_says_who_uses_whom() => Assert.Equal(ProjectTable.OfProjects(), ProjectTable.OfPage());

    /// <summary>
    /// There are exceptions: the contracts hide from clients who made a task, and the engine writes it; they have the pauses between tries
    /// and the choice of ids, which clients share; the harness for tests paces the parts of the engine, which run by themselves everywhere
    /// else; and the harness and an application with the whole service in it run the functions of workers.
    /// </summary>
    [Fact]
    public void What_is_internal_is_seen_by_tests_alone() =>
        Assert.Equal(
            ["TasksBus: TasksBus.Testing", "TasksBus.Contracts: TasksBus", "TasksBus.Contracts: TasksBus.Client",
                "TasksBus.Contracts: TasksBus.Client.MassTransit", "TasksBus.Contracts: TasksBus.Service",
                "TasksBus.Storage: TasksBus.Testing", "TasksBus.Worker: TasksBus.AspNetCore", "TasksBus.Worker: TasksBus.Testing"],
            ProjectTable.Names().SelectMany(ProjectTable.Friends, static (name, friend) => $"{name}: {friend}")
                .Where(static pair => !pair.EndsWith("Tests", StringComparison.Ordinal)
                    && !pair.EndsWith("Benchmarks", StringComparison.Ordinal)));

    /// <summary>Matches uses in code, not in comments.</summary>
    [GeneratedRegex(@"^(?!\s*//)[^""]*\bMassTransit\.|^\s*using (static )?MassTransit\b")]
    private static partial Regex UsesMassTransit();

    private static bool IsOfMassTransit(Type type) => type.Assembly.GetName().Name!.StartsWith("MassTransit", StringComparison.Ordinal);
}
