using System.Text;

namespace TasksBus.LocalLambda.Tests;

public class LogTests : LambdaTest
{
    private const string Time = @"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z";

    [Fact]
    public async Task The_log_has_Lambdas_format()
    {
        Write("logs", """
            export const handler = async () => {
              console.log('one %d', 1, { a: 1 });
              console.info('two');
              console.warn('three');
              console.error(new Error('four').message);
              console.debug('five');
            };
            """);
        var answer = await InvokeAsync("logs", tail: true);
        var id = answer.RequestId;
        Assert.Matches(
            $@"^START RequestId: {id} Version: \$LATEST\n" +
            $@"{Time}\t{id}\tINFO\tone 1 {{ a: 1 }}\n{Time}\t{id}\tINFO\ttwo\n{Time}\t{id}\tWARN\tthree\n" +
            $@"{Time}\t{id}\tERROR\tfour\n{Time}\t{id}\tDEBUG\tfive\nEND RequestId: {id}\n" +
            $@"REPORT RequestId: {id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t" +
            @"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\n$",
            answer.Log);
        Assert.DoesNotContain("Init Duration", (await InvokeAsync("logs", tail: true)).Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_a_function_writes_becomes_log_lines_in_order()
    {
        Write("writes", """
            import { execFileSync, execSync } from 'node:child_process';
            import { writeSync } from 'node:fs';
            export const handler = async () => {
              process.stdout.write('stdout\n');
              console.log('console');
              process.stderr.write('stderr\n');
              writeSync(1, 'raw\n');
              execSync('echo child', { stdio: 'inherit' });
              execFileSync(process.execPath, ['-e', 'console.log("node child")'], { stdio: 'inherit' });
              console.dir({ a: 1 });
              process.stdout.write('\u0001\u0000 no end');
              return 1;
            };
            """);
        var log = (await InvokeAsync("writes", tail: true)).Log;
        Assert.Matches(
            $@"\nstdout\n{Time}\t[-0-9a-f]+\tINFO\tconsole\nstderr\nraw\nchild\nnode child\n{{ a: 1 }}\n\u0001\u0000 no end\nEND ", log);
    }

    [Fact]
    public async Task Who_asks_for_the_whole_log_gets_it_behind_the_answer_with_each_line_s_time()
    {
        Write("whole", "export const handler = async n => { for (let i = 0; i < n; i++) process.stdout.write(`line ü ${i}\n`); "
            + "return 'an answer'; };");
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var (value, log) = await AskForAllAsync("whole", "1000");

        Assert.Equal("\"an answer\"", value);
        var lines = log.TrimEnd('\n').Split('\n').Select(static line => line.Split(' ', 2)).ToArray();
        Assert.Equal(
            Enumerable.Range(0, 1_000).Select(static i => $"line ü {i}"),
            lines.Select(static line => line[1]).Where(static line => line.StartsWith("line", StringComparison.Ordinal)));
        Assert.StartsWith("START ", lines[0][1], StringComparison.Ordinal);
        Assert.StartsWith("REPORT ", lines[^1][1], StringComparison.Ordinal);
        var times = lines.Select(static line => long.Parse(line[0].AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.All(lines, static line => Assert.Equal('\u001f', line[0][0]));
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], before, times[^1]);
    }

    [Fact]
    public async Task Of_a_log_that_is_too_long_the_beginning_is_cut_and_that_is_said()
    {
        Write(
            "endless",
            "export const handler = async n => { for (let i = 0; i < n; i++) process.stdout.write(`${i} ${'x'.repeat(1000)}\n`); };");
        var (_, log) = await AskForAllAsync("endless", "1200");

        Assert.InRange(Encoding.UTF8.GetByteCount(log), 250_000, 263_000);
        var lines = log.TrimEnd('\n').Split('\n');
        Assert.Matches(@"^\.\.\. \([0-9]{6,7} bytes before this were cut\)$", lines[0]);
        Assert.Contains(lines, static line => line.Contains(" 1199 x", StringComparison.Ordinal));
        Assert.All(lines.Skip(1), static line => Assert.Equal('\u001f', line[0]));
    }

    private async Task<(string Value, string Log)> AskForAllAsync(string name, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Endpoint, $"/2015-03-31/functions/{name}/invocations"))
        {
            Content = new StringContent(body),
        };
        request.Headers.Add("X-TasksBus-Log", "body");
        using var response = await Client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var length = int.Parse(
            response.Headers.GetValues("X-TasksBus-Log-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
        return (Encoding.UTF8.GetString(bytes[..^length]), Encoding.UTF8.GetString(bytes[^length..]));
    }

    [Fact]
    public async Task A_report_counts_memory_as_the_limit_does()
    {
        Write("small", "export const handler = async () => 1;");
        Write("large", "export const handler = async () => { const all = []; "
            + "for (let i = 0; i < 40; i++) all.push(Buffer.alloc(1024 * 1024, 1)); "
            + "await new Promise(done => setTimeout(done, 300)); return all.length; };");

        var small = await UsedAsync("small");
        Assert.InRange(small, 1, 127); // of 128, although the program and its libraries take as much again
        Assert.InRange(await UsedAsync("large"), small + 30, 128);
    }

    private async Task<int> UsedAsync(string name) =>
        int.Parse(System.Text.RegularExpressions.Regex.Match((await InvokeAsync(name, tail: true)).Log!, @"Max Memory Used: (\d+) MB")
            .Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Only_the_last_four_kilobytes_are_returned()
    {
        Write("much", "export const handler = async n => { for (let i = 0; i < n; i++) console.log('line ü' + i); };");
        var answer = await InvokeAsync("much", "5000", tail: true);
        var log = Convert.FromBase64String(answer.Headers["X-Amz-Log-Result"]);
        Assert.InRange(log.Length, 4_000, 4_096);
        Assert.Contains("line ü4999\n", answer.Log, StringComparison.Ordinal);
        Assert.Contains("REPORT", answer.Log, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', new UTF8Encoding(false, true).GetString(log));
    }

    [Fact]
    public async Task One_endless_line_is_cut_as_well()
    {
        Write(
            "long",
            "export const handler = async () => { console.log('x'.repeat(3_000_000)); process.stdout.write('y'.repeat(100_000)); };");
        var answer = await InvokeAsync("long", tail: true);
        Assert.InRange(Encoding.UTF8.GetByteCount(answer.Log), 1_000, 4_096);
        Assert.Contains("yyy", answer.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(16_384 - 10)]
    [InlineData(2 * 16_384 - 64)]
    public async Task A_line_without_an_end_hides_nothing(int length)
    {
        Write("open", "export const handler = async n => { process.stdout.write('y'.repeat(n)); };");
        var log = (await InvokeAsync("open", $"{length}", tail: true)).Log;
        Assert.Matches(@"^y+\n(y+\n)?END RequestId: [-0-9a-f]+\nREPORT [^\n]+\n$", log);
    }

    [Fact]
    public async Task Each_invocation_has_its_own_log()
    {
        Write("own", "export const handler = async n => console.log('number ' + n);");
        for (var i = 0; i < 20; i++)
        {
            var log = (await InvokeAsync("own", $"{i}", tail: true)).Log;
            Assert.Contains($"number {i}\n", log, StringComparison.Ordinal);
            Assert.Equal(4, log.Count(character => character == '\n'));
        }
    }

    [Fact]
    public async Task An_exit_loses_nothing_of_the_log()
    {
        Write(
            "exits", "export const handler = async () => { for (let i = 0; i < 20_000; i++) console.log('line ' + i); process.exit(3); };");
        var log = (await InvokeAsync("exits", tail: true)).Failed().Log;
        Assert.Contains("line 19999\n", log, StringComparison.Ordinal);
        Assert.Contains("Runtime exited with error: exit status 3", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_in_the_log()
    {
        Write("fails", "console.log('loading'); export const handler = async () => { throw new Error('boom'); };");
        Assert.Contains(
            "\tERROR\tInvoke Error \t{\"errorType\":\"Error\"", (await InvokeAsync("fails", tail: true)).Log, StringComparison.Ordinal);
        Write("broken", "console.log('loading'); throw new Error('boom');");
        var log = (await InvokeAsync("broken", tail: true)).Log;
        Assert.Contains("\tINFO\tloading\n", log, StringComparison.Ordinal);
        Assert.Contains("boom", log, StringComparison.Ordinal);
    }
}
