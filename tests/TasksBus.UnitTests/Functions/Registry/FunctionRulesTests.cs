using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.UnitTests.Functions.Registry;

public class FunctionRulesTests
{
    private static readonly FunctionSettings s_fine = new() { Name = "greet", Runtime = "nodejs22.x", EntryPoint = "index.handler" };

    // The cases go by name, so that odd texts survive the runner.
    private static readonly Dictionary<string, (FunctionSettings Function, string Field)> s_faults = new()
    {
        ["a time limit too short"] = (s_fine with { TimeLimit = 2 }, "timeLimit"),
        ["a time limit too long"] = (s_fine with { TimeLimit = 301 }, "timeLimit"),
        ["little memory"] = (s_fine with { MemoryLimit = 127 }, "memoryLimit"),
        ["much memory"] = (s_fine with { MemoryLimit = 10_241 }, "memoryLimit"),
        ["no entry point"] = (s_fine with { EntryPoint = "" }, "entryPoint"),
        ["an entry point with a space"] = (s_fine with { EntryPoint = "index handler" }, "entryPoint"),
        ["a long entry point"] = (s_fine with { EntryPoint = new('x', 129) }, "entryPoint"),
        ["a runtime in capitals"] = (s_fine with { Runtime = "NodeJS" }, "runtime"),
        ["another permission mode"] = (s_fine with { PermissionMode = "everybody" }, "permissionMode"),
        ["a high priority"] = (s_fine with { DefaultPriority = 9_007_199_254_740_992 }, "defaultPriority"),
        ["many errors"] = (s_fine with { ErrorsToRetry = [.. Enumerable.Repeat("x", 101)] }, "errorsToRetry"),
        ["an error without a name"] = (s_fine with { ErrorsToRetry = [""] }, "errorsToRetry"),
        ["half a surrogate pair"] = (s_fine with { Description = "\ud800" }, "description"),
        ["a long description"] = (s_fine with { Description = new('x', 1_025) }, "description"),
        ["a variable named 1A"] = (s_fine with { Environment = new Dictionary<string, string> { ["1A"] = "" } }, "environmentVariables"),
        ["a NUL in a variable"] = (s_fine with { Environment = new Dictionary<string, string> { ["AB"] = "\0" } }, "environmentVariables"),
        ["a large environment"] = (
            s_fine with { Environment = new Dictionary<string, string> { ["AB"] = new('ü', 2_048) } }, "environmentVariables"),
    };

    public static TheoryData<string> Faults => [.. s_faults.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_cannot_be_is_refused_with_its_field(string kind)
    {
        var (function, field) = s_faults[kind];

        var refusal = Refusals.By(() => FunctionRules.Check(function));

        Assert.Equal(ErrorCode.InvalidFunctionConfiguration, refusal.Code);
        Assert.Contains(field, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_at_the_limits_is_fine()
    {
        FunctionRules.Check(s_fine with { TimeLimit = 3, MemoryLimit = 10_240, DefaultPriority = -9_007_199_254_740_991 });
        FunctionRules.Check(s_fine with { TimeLimit = 300, MemoryLimit = 128, Environment = new Dictionary<string, string> { ["AB"] = new('x', 4_094) } });
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("A-b_9", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a:live", false)]
    [InlineData("a\n", false)]
    [InlineData("ü", false)]
    public void A_name_is_of_letters_digits_dashes_and_underscores(string name, bool isFine)
    {
        var refused = Record.Exception(() => FunctionRules.Check(s_fine with { Name = name })) as CommandRefusedException;

        Assert.Equal(isFine ? null : ErrorCode.InvalidFunctionName, refused?.Refusal.Code);
    }

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        FunctionRules.Check(s_fine with { Name = new('n', 64) });
        Assert.Equal(ErrorCode.InvalidFunctionName, Refusals.By(() => FunctionRules.Check(s_fine with { Name = new('n', 65) })).Code);
    }

    [Fact]
    public void No_message_repeats_a_value_of_the_environment()
    {
        var function = s_fine with { Environment = new Dictionary<string, string> { ["s3cret name"] = "s3cret\0" } };

        Assert.DoesNotContain("s3cret", Refusals.By(() => FunctionRules.Check(function)).Message, StringComparison.Ordinal);
    }
}
