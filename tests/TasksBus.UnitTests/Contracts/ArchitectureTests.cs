using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using TasksBus.Contracts;
using TasksBus.Storage;
using TasksBus.Storage.Model;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

/// <summary>Which part may use which.</summary>
public sealed partial class ArchitectureTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] s_assemblies = [typeof(ITaskStore).Assembly, typeof(TasksDbContext).Assembly];

    private static readonly string[] s_outside = ["Amazon", "AWSSDK", "MassTransit.RabbitMqTransport", "Microsoft.Data", "Microsoft.EntityFrameworkCore", "Npgsql", "RabbitMQ", "SQLitePCL"];

    [Theory]
    [InlineData("TasksBus.Storage")]
    [InlineData("TasksBus.Query")]
    [InlineData("TasksBus.Dispatch")]
    public void No_type_of_this_part_knows_MassTransit(string part)
    {
        var types = s_assemblies.SelectMany(static assembly => assembly.GetTypes()).Where(type => IsIn(type, part)).ToArray();
        Assert.NotEmpty(types);

        Assert.Empty(types.SelectMany(static type => UsedBy(type).Where(IsOfMassTransit).Select(used => $"{type} uses {used}")));
    }

    /// <summary>Bus set-up, the saga's adapter and the consumers; of the server, only the endpoint that says whether the bus is well.</summary>
    [Fact]
    public void No_other_source_file_than_these_knows_MassTransit()
    {
        var source = Path.Combine(Repository.Root, "src");
        var known = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file).Replace('\\', '/'))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Where(file => File.ReadLines(Path.Combine(source, file)).Any(static line => UsesMassTransit().IsMatch(line)));

        Assert.Equal(
            ["TasksBus.Server/Http/HealthEndpoints.cs", "TasksBus.Server/Messaging", "TasksBus/Execution/ExecuteConsumer.cs", "TasksBus/Lifecycle", "TasksBus/Messaging"],
            known.Select(static file => Path.GetDirectoryName(file) is "TasksBus/Lifecycle" or "TasksBus/Messaging" or "TasksBus.Server/Messaging"
                ? Path.GetDirectoryName(file)! : file).Distinct().Order(StringComparer.Ordinal));
        // Nothing is in scope that a file does not name itself.
        Assert.All(Directory.EnumerateFiles(source, "*.csproj", SearchOption.AllDirectories), static project => Assert.Empty(XDocument.Load(project).Descendants("Using")));
    }

    /// <summary>Databases, AWS and RabbitMQ are known to the projects that stand for them alone.</summary>
    [Fact]
    public void The_engine_knows_no_database_no_cloud_and_no_broker() =>
        Assert.DoesNotContain(typeof(ITaskStore).Assembly.GetReferencedAssemblies(), static name =>
            s_outside.Any(prefix => name.Name!.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>The language of queries knows nothing of where they are answered.</summary>
    [Theory]
    [InlineData("TasksBus.Storage", "TasksBus.Query")]
    [InlineData("TasksBus.Query")]
    public void This_part_knows_no_other_part_of_the_engine(string part, string? known = null)
    {
        var used = typeof(ITaskStore).Assembly.GetTypes().Where(type => IsIn(type, part)).SelectMany(UsedBy).Where(type => type.Assembly == typeof(ITaskStore).Assembly
            && type.Namespace is { } name && !IsIn(type, part) && (known is null || !IsIn(type, known)) && name.StartsWith("TasksBus", StringComparison.Ordinal));

        Assert.Empty(used.Select(static type => type.ToString()).Distinct());
    }

    [Fact]
    public void The_scan_finds_MassTransit_where_it_is_used() =>
        Assert.Contains(typeof(TasksBus.Lifecycle.TaskLifecycle), typeof(ITaskStore).Assembly.GetTypes().Where(static type => UsedBy(type).Any(IsOfMassTransit)));

    [Fact]
    public void The_contracts_depend_on_the_platform_alone() =>
        Assert.All(typeof(TaskId).Assembly.GetReferencedAssemblies(), static name => Assert.StartsWith("System", name.Name, StringComparison.Ordinal));

    [Theory]
    [InlineData("TasksBus.Contracts")]
    [InlineData("TasksBus.LocalLambda", "TasksBus.Contracts")]
    [InlineData("TasksBus", "TasksBus.Contracts")]
    [InlineData("TasksBus.Storage", "TasksBus")]
    [InlineData("TasksBus.Lambda", "TasksBus")]
    [InlineData("TasksBus.Server", "TasksBus", "TasksBus.Lambda", "TasksBus.LocalLambda", "TasksBus.Storage")]
    public void A_project_references_only_what_it_may(string project, params string[] allowed)
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, "src", project, $"{project}.csproj"));
        var references = file.Descendants("ProjectReference").Select(static reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(references.Except(allowed));
        if (project == "TasksBus.Contracts")
        {
            Assert.Empty(file.Descendants("PackageReference"));
        }
    }

    /// <summary>In code, not in a comment.</summary>
    [GeneratedRegex(@"^(?!\s*//)[^""]*\bMassTransit\.|^\s*using (static )?MassTransit\b")]
    private static partial Regex UsesMassTransit();

    private static bool IsIn(Type type, string part) => type.Namespace == part || type.Namespace?.StartsWith($"{part}.", StringComparison.Ordinal) == true;

    private static bool IsOfMassTransit(Type type) => type.Assembly.GetName().Name!.StartsWith("MassTransit", StringComparison.Ordinal);

    /// <summary>The types in a type's shape: its bases, fields, parameters, results and the variables of its methods.</summary>
    private static HashSet<Type> UsedBy(Type type)
    {
        HashSet<Type> used = [];
        Add(type.BaseType);
        Array.ForEach(type.GetInterfaces(), Add);
        Array.ForEach(type.GetFields(All), field => Add(field.FieldType));
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            Array.ForEach(method.GetParameters(), parameter => Add(parameter.ParameterType));
            Add((method as MethodInfo)?.ReturnType);
            foreach (var variable in method.GetMethodBody()?.LocalVariables ?? [])
            {
                Add(variable.LocalType);
            }
        }

        return used;

        void Add(Type? one)
        {
            if (one is null || one.IsGenericParameter || !used.Add(one))
            {
                return;
            }

            if (one.HasElementType)
            {
                Add(one.GetElementType());
            }

            Array.ForEach(one.GetGenericArguments(), Add);
        }
    }
}
