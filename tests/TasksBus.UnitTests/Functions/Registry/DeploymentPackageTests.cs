using TasksBus.Contracts;
using TasksBus.Functions.Registry;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions.Registry;

public class DeploymentPackageTests
{
    private static readonly FunctionSettings s_function = new() { Name = "greet", Runtime = "nodejs22.x", EntryPoint = "index.handler" };

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("not base64!", "not base64")]
    [InlineData("YWJj*", "not base64")]
    [InlineData("aGVsbG8=", "not a zip")]
    [InlineData("UEsDBA==", "not a zip")]
    public void What_is_no_zip_in_base64_is_refused(string code, string reason) => AssertRefused(code, reason);

    [Fact]
    public void A_damaged_zip_is_refused()
    {
        var zip = Zips.Of(("index.mjs", "export const handler = () => null;", false));

        AssertRefused(Convert.ToBase64String(zip[..^10]), "not a zip");
    }

    [Fact]
    public void A_zip_without_files_is_refused()
    {
        AssertRefused(Convert.ToBase64String(Zips.Of()), "without files");
        AssertRefused(Convert.ToBase64String(Zips.Of(("folder/", "", false))), "without files");
    }

    [Theory]
    [InlineData("../index.mjs")]
    [InlineData("a/../../index.mjs")]
    [InlineData("/index.mjs")]
    [InlineData("\\index.mjs")]
    [InlineData("a\\..\\..\\index.mjs")]
    [InlineData("C:\\index.mjs")]
    [InlineData("C:index.mjs")]
    [InlineData("..")]
    public void A_path_that_leads_out_is_refused(string path) =>
        AssertRefused(Convert.ToBase64String(Zips.Of(("index.mjs", "", false), (path, "x", false))), "leads out");

    [Theory]
    [InlineData("link", "other", null)]
    [InlineData("a/b/link", "../../other", null)]
    [InlineData("link", "/etc/passwd", "leads out")]
    [InlineData("link", "../other", "leads out")]
    [InlineData("a/link", "../../other", "leads out")]
    [InlineData("link", "a/../../other", "leads out")]
    [InlineData("link", "a/../b", "leads out")]
    [InlineData("link", "", "leads out")]
    public void A_link_stays_within_the_package(string path, string target, string? reason)
    {
        var code = Convert.ToBase64String(Zips.Of(("index.mjs", "", false), (path, target, true)));

        if (reason is null)
        {
            Assert.NotEmpty(DeploymentPackage.Read(code, s_function));
        }
        else
        {
            AssertRefused(code, reason);
        }
    }

    [Fact]
    public void A_path_through_a_link_is_refused() =>
        AssertRefused(Convert.ToBase64String(Zips.Of(("index.mjs", "", false), ("a", ".", true), ("a/b", "x", false))), "leads out");

    [Theory]
    [InlineData("nodejs22.x", "index.handler", "index.js", true)]
    [InlineData("nodejs22.x", "index.handler", "index.cjs", true)]
    [InlineData("nodejs22.x", "src/app.main.handler", "src/app.mjs", true)]
    [InlineData("nodejs22.x", "index.handler", "src/index.mjs", false)]
    [InlineData("nodejs22.x", "index.handler", "index.ts", false)]
    [InlineData("python3.13", "pkg.module.handler", "pkg/module.py", true)]
    [InlineData("python3.13", "pkg/module.handler", "pkg/module.py", true)]
    [InlineData("python3.13", "pkg.handler", "pkg/__init__.py", true)]
    [InlineData("python3.13", "app.handler", "main.py", false)]
    [InlineData("ruby3.4", "app.Class.handler", "app.rb", true)]
    [InlineData("ruby3.4", "app.handler", "App.rb", false)]
    [InlineData("provided.al2023", "anything", "bootstrap", true)]
    [InlineData("provided.al2023", "anything", "bin/bootstrap", false)]
    [InlineData("java21", "com.example.Handler::handle", "Handler.class", true)]
    [InlineData("dotnet10", "Assembly::Namespace.Class::Method", "Assembly.dll", true)]
    public void The_file_of_the_entry_point_must_be_there_where_it_can_be_known(string runtime, string entryPoint, string path, bool isFine)
    {
        var function = s_function with { Runtime = runtime, EntryPoint = entryPoint };

        if (isFine)
        {
            Assert.NotEmpty(DeploymentPackage.Read(Zips.Base64(path), function));
        }
        else
        {
            Assert.Equal(ErrorCode.InvalidFunctionCode, Refusals.By(() => DeploymentPackage.Read(Zips.Base64(path), function)).Code);
        }
    }

    [Fact]
    public void Code_that_is_too_large_is_refused_before_it_is_decoded_and_after()
    {
        AssertRefused(new string('A', DeploymentPackage.MaxBytes / 3 * 4 + 8), "larger than 50 MB");
        var zeros = Zips.Of(("index.mjs", new string('\0', (int)DeploymentPackage.MaxUnpackedBytes + 1), false));
        Assert.InRange(zeros.Length, 1, 1_000_000);
        AssertRefused(Convert.ToBase64String(zeros), "when it is unpacked");
    }

    private static void AssertRefused(string code, string reason)
    {
        var refusal = Refusals.By(() => DeploymentPackage.Read(code, s_function));
        Assert.Equal(ErrorCode.InvalidFunctionCode, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
