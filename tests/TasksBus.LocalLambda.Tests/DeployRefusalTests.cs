using System.Net;
using System.Text.Json.Nodes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>What cannot be deployed, and the errors for it, which have the types and words of Lambda.</summary>
public sealed class DeployRefusalTests : DeployedTest
{
    private const string Invalid = "InvalidParameterValueException";
    private static readonly byte[] s_zip = Zip(("index.mjs", "export const handler = async () => 1;"));

    protected override void Configure(LocalLambdaOptions options) => options.MaxCodeStorageMb = 1;

    [Theory]
    [InlineData(
        """{"Runtime":"nodejs12.x"}""", Invalid,
        "The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions.")]
    [InlineData("""{"Runtime":"go1.x"}""", Invalid, "no longer supported")]
    [InlineData("""{"Runtime":"java21"}""", Invalid, "LocalLambda does not have the runtime java21")]
    [InlineData(
        """{"Runtime":"nodejs99.x"}""", Invalid,
        "Value nodejs99.x at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [")]
    [InlineData(
        """{"Runtime":null}""", Invalid, "Runtime and Handler are mandatory parameters for functions created with deployment packages.")]
    [InlineData("""{"Handler":null}""", Invalid, "Runtime and Handler are mandatory")]
    [InlineData("""{"Handler":"a b"}""", "ValidationException", "at 'handler' failed to satisfy constraint")]
    [InlineData(
        """{"Role":"me"}""", "ValidationException",
        "Value 'me' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern")]
    [InlineData(
        """{"Timeout":0}""", "ValidationException",
        "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("""{"Timeout":901}""", "ValidationException", "less than or equal to 900")]
    [InlineData("""{"MemorySize":127}""", "ValidationException", "greater than or equal to 128")]
    [InlineData("""{"MemorySize":10241}""", "ValidationException", "less than or equal to 10240")]
    [InlineData("""{"Timeout":"3"}""", "SerializationException", "Timeout")]
    [InlineData("""{"Timeout":1.5}""", "SerializationException", "Timeout")]
    [InlineData("""{"Environment":{"Variables":{"AWS_REGION":"x","OK":"y"}}}""", Invalid, "Reserved keys used in this request: AWS_REGION")]
    [InlineData("""{"Environment":{"Variables":{"1A":"x"}}}""", "ValidationException", "environment.variables")]
    [InlineData("""{"Environment":{"Variables":{"AA":"\u0000"}}}""", Invalid, "NUL")]
    [InlineData("""{"Environment":{"Variables":{"AA":1}}}""", "SerializationException", "Environment.Variables")]
    [InlineData("""{"Architectures":["mips"]}""", "ValidationException", "[x86_64, arm64]")]
    [InlineData("""{"PackageType":"Image"}""", Invalid, "does not have container images")]
    [InlineData("""{"Layers":["arn:aws:lambda:us-east-1:1:layer:x:1"]}""", Invalid, "LocalLambda does not have Layers")]
    [InlineData("""{"VpcConfig":{"SubnetIds":["a"],"SecurityGroupIds":["b"]}}""", Invalid, "LocalLambda does not have VpcConfig")]
    [InlineData(
        """{"TracingConfig":{"Mode":"Active"},"EphemeralStorage":{"Size":1024},"Publish":true}""", Invalid,
        "TracingConfig, EphemeralStorage, Publish")]
    [InlineData("""{"Code":{"S3Bucket":"b","S3Key":"k"}}""", Invalid, "LocalLambda does not have S3Bucket: send the zip file itself")]
    [InlineData("""{"Code":{"ImageUri":"x"}}""", Invalid, "LocalLambda does not have ImageUri")]
    [InlineData("""{"Code":{}}""", Invalid, "Please provide a source for function code.")]
    [InlineData("""{"Code":null}""", Invalid, "Please provide a source for function code.")]
    [InlineData("""{"Code":{"ZipFile":"*"}}""", "InvalidRequestContentException", "ZipFile is not base64")]
    [InlineData("""{"Code":{"ZipFile":""}}""", Invalid, "Could not unzip uploaded file. Please check your file, then try to upload again.")]
    [InlineData("""{"Code":{"ZipFile":"aGVsbG8gd29ybGQ="}}""", Invalid, "Could not unzip uploaded file.")]
    [InlineData("""{"FunctionName":"a/../b"}""", "ValidationException", "functionName")]
    [InlineData("""{"FunctionName":null}""", "ValidationException", "functionName")]
    public async Task A_setting_that_a_function_cannot_have_is_refused_and_nothing_is_kept(string changes, string type, string message)
    {
        var creation = Creation("bad", s_zip);
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            creation[name] = value?.DeepClone();
        }

        AssertRefused(await CreateAsync(creation), 400, type, message);
        Assert.Empty(Directory.GetFiles(Path.Combine(Storage, "functions")).Concat(Directory.GetFiles(Path.Combine(Storage, "code"))));
    }

    [Fact]
    public async Task What_every_function_has_may_be_said()
    {
        await DeployAsync(
            Creation("usual", s_zip).With("TracingConfig", JsonNode.Parse("""{"Mode":"PassThrough"}""")).With("Layers", new JsonArray())
            .With("VpcConfig", JsonNode.Parse("""{"SubnetIds":[],"SecurityGroupIds":[]}"""))
            .With("EphemeralStorage", JsonNode.Parse("""{"Size":512}"""))
            .With("Publish", false)
            .With("PackageType", "Zip").With("Architectures", new JsonArray("arm64")).With("Tags", JsonNode.Parse("""{"team":"a"}""")));
        var answer = await CallAsync(HttpMethod.Get, $"{Functions}/usual");
        Assert.Equal("""["arm64"]""", answer.Json.GetProperty("Configuration").GetProperty("Architectures").ToString());
        Assert.Equal("""{"team":"a"}""", answer.Json.GetProperty("Tags").ToString());
        Assert.Equal(
            """{"Tags":{"team":"a"}}""",
            (await CallAsync(HttpMethod.Get, "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Ausual")).Body);
    }

    [Theory]
    [InlineData("/etc/evil")]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("..\\evil")]
    [InlineData("C:/evil")]
    [InlineData("index.mjs")]
    [InlineData("index.mjs/below")]
    [InlineData("evil\0")]
    public async Task A_zip_with_a_name_that_leads_out_or_meets_another_is_refused(string name) =>
        AssertRefused(
            await CreateAsync(Creation("evil", Zip(("index.mjs", ""), (name, "")))), 400, Invalid, "Could not unzip uploaded file.");

    [Theory]
    [InlineData("link", "/etc/passwd")]
    [InlineData("link", "..")]
    [InlineData("a/link", "../../x")]
    [InlineData("a/link", "b/../../../x")]
    [InlineData("link", "inner/passwd")]
    [InlineData("inner/file", "../index.mjs")]
    public async Task A_zip_with_a_link_that_leads_out_or_through_another_is_refused(string name, string target) => AssertRefused(
        await CreateAsync(Creation(
            "evil", Zip(new ZipItem("index.mjs"), new ZipItem("inner", "lib", ZipItem.Link), new ZipItem(name, target, ZipItem.Link)))),
        400, Invalid, "Could not unzip uploaded file.");

    [Fact]
    public async Task A_device_in_a_zip_is_refused() =>
        AssertRefused(
            await CreateAsync(Creation("evil", Zip(new ZipItem("index.mjs"), new ZipItem("device", "", 0x21B6)))), 400, Invalid,
            "neither a file, a folder nor a link");

    [Fact]
    public async Task A_zip_without_a_file_is_refused() =>
        AssertRefused(
            await CreateAsync(Creation("empty", Zip(new ZipItem("folder/", Mode: 0x41ED)))), 400, Invalid,
            "Uploaded file must be a non-empty zip");

    [Fact]
    public async Task A_zip_that_unpacks_to_more_than_250_MB_is_refused() => AssertRefused(
        await CreateAsync(
            Creation("bomb", Zip(Enumerable.Range(0, 6).Select(i => new ZipItem($"{i}", new string('\0', 45_000_000))).ToArray()))),
        400, Invalid, "Unzipped size must be smaller than 262144000 bytes");

    [Fact]
    public async Task A_zip_that_holds_more_than_it_says_ends_as_a_failed_function()
    {
        var zip = Zip(("index.mjs", new string('x', 5_000)));
        Lie(zip, 5_000, 100);
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync(Creation("liar", zip))).Status);
        var failed = await UntilDoneAsync("liar");
        Assert.Equal(["Failed", "InvalidZipFileException"], new[] { "State", "StateReasonCode" }.Select(failed.Text));
        Assert.Contains("Could not unzip uploaded file.", failed.Text("StateReason"), StringComparison.Ordinal);
        AssertRefused(await InvokeAsync("liar"), 409, "ResourceConflictException", "in the following state: Failed");

        // It can be repaired, and a later failure leaves it as it is.
        await UpdateCodeAsync("liar", s_zip);
        Assert.Equal("Active", (await UntilDoneAsync("liar")).Text("State"));
        await UpdateCodeAsync("liar", zip);
        var kept = await UntilDoneAsync("liar");
        Assert.Equal(
            ["Active", "Failed", "InvalidZipFileException"],
            new[] { "State", "LastUpdateStatus", "LastUpdateStatusReasonCode" }.Select(kept.Text));
        Assert.Equal("1", (await InvokeAsync("liar")).Value);
        Assert.Single(Directory.GetFiles(Path.Combine(Storage, "code")));
    }

    [Fact]
    public async Task Environment_variables_over_4_KB_are_refused_without_repeating_them()
    {
        var creation = Creation("big", s_zip)
            .With("Environment", new JsonObject { ["Variables"] = new JsonObject { ["SECRET"] = new string('s', 4_096) } });
        var answer = await CreateAsync(creation);
        AssertRefused(answer, 400, Invalid, "exceeded the 4KB limit.");
        Assert.DoesNotContain("sss", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_code_than_there_may_be_is_refused()
    {
        var noise = new byte[900_000];
        new Random(1).NextBytes(noise);
        await DeployAsync(Creation("first", Zip(("index.mjs", ""), ("noise", Convert.ToBase64String(noise)))));
        AssertRefused(
            await CreateAsync(Creation("second", Zip(("index.mjs", ""), ("noise", Convert.ToBase64String(noise))))), 400,
            "CodeStorageExceededException", "Code storage limit exceeded.");
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_refused_before_it_is_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Endpoint, Functions))
        {
            Content = new ByteArrayContent(new byte[70_167_212]),
        };
        request.Headers.ExpectContinue = true;
        AssertRefused(
            await SendAsync(request), 413, "RequestEntityTooLargeException",
            "Request must be smaller than 70167211 bytes for the CreateFunction operation");
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_whether_by_a_deployed_function_or_a_folder()
    {
        await DeployAsync(Creation("taken", s_zip));
        Write("folder", "export const handler = async () => 1;");
        AssertRefused(await CreateAsync(Creation("taken", s_zip)), 409, "ResourceConflictException", "Function already exist: taken");
        AssertRefused(await CreateAsync(Creation("folder", s_zip)), 409, "ResourceConflictException", "Function already exist: folder");
    }

    [Fact]
    public async Task A_folder_is_not_the_APIs_to_change()
    {
        Write("folder", "export const handler = async () => 1;");
        AssertRefused(await UpdateCodeAsync("folder", s_zip), 400, Invalid, "The function folder is a folder on the server");
        AssertRefused(await ConfigureAsync("folder", new() { ["Timeout"] = 5 }), 400, Invalid, "is a folder on the server");
        AssertRefused(await CallAsync(HttpMethod.Delete, $"{Functions}/folder"), 400, Invalid, "is a folder on the server");
        Assert.Equal("1", (await InvokeAsync("folder")).Value);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/configuration")]
    [InlineData("GET", "/versions")]
    [InlineData("PUT", "/code")]
    [InlineData("PUT", "/configuration")]
    [InlineData("DELETE", "")]
    public async Task A_function_that_is_not_there_is_not_found(string method, string path) =>
        AssertRefused(
            await CallAsync(HttpMethod.Parse(method), $"{Functions}/absent{path}", method == "GET" ? null : new JsonObject()), 404,
            "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:absent");

    /// <summary>Writes another size wherever the zip says how large a file is once it is unpacked.</summary>
    private static void Lie(byte[] zip, int size, int claimed)
    {
        var (from, to) = (BitConverter.GetBytes(size), BitConverter.GetBytes(claimed));
        var found = 0;
        for (var at = 0; zip.AsSpan(at).IndexOf(from) is >= 0 and var next; at += next + 4)
        {
            to.CopyTo(zip, at + next);
            found++;
        }

        Assert.InRange(found, 1, 3);
    }
}
