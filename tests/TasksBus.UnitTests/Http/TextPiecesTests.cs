using System.Text;
using System.Text.Json;
using TasksBus.Service.Http.ApiFunctions;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Bodies arrive in pieces that end anywhere.</summary>
public class TextPiecesTests
{
    private static readonly JsonSerializerOptions s_relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void An_escaped_text_is_decoded_as_the_JSON_reader_does_into_pieces_of_any_size()
    {
        Random random = new(7);
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(5) switch
            {
                0 => "\"\\/\b\f\n\r\t"[random.Next(8)].ToString(),
                1 => char.ConvertFromUtf32(0x1F600 + random.Next(50)),
                2 => "ü",
                _ => new string('x', random.Next(12)),
            }));
            // The text is escaped as far as possible, and then as little as possible.
            foreach (var json in new[] { JsonSerializer.Serialize(text), JsonSerializer.Serialize(text, s_relaxed) })
            {
                var escaped = Encoding.UTF8.GetBytes(json[1..^1]);
                var target = new byte[random.Next(4, 12)];
                List<byte> decoded = [];
                for (var rest = escaped.AsSpan(); !rest.IsEmpty;)
                {
                    var written = JsonText.Decode(rest, target, out var consumed);
                    Assert.True(consumed > 0);
                    decoded.AddRange(target.AsSpan(0, written));
                    rest = rest[consumed..];
                }

                Assert.Equal(text, Encoding.UTF8.GetString([.. decoded]));
                Assert.Equal(decoded.Count, JsonText.Measure(escaped));
            }
        }
    }

    [Theory]
    [InlineData("\\ud83d")]
    [InlineData("\\ud83dx")]
    [InlineData("\\ude42")]
    [InlineData("\\ud83d\\n")]
    public void Half_of_a_pair_becomes_the_replacement_character(string escaped)
    {
        var target = new byte[32];
        var written = JsonText.Decode(Encoding.ASCII.GetBytes(escaped), target, out var consumed);

        Assert.Equal(escaped.Length, consumed);
        Assert.StartsWith("\uFFFD", Encoding.UTF8.GetString(target, 0, written), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_are_known_as_UTF_8_wherever_they_are_cut()
    {
        var text = "aü€🙂z"u8.ToArray();
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                Assert.Equal(text, Pass(text[..first], text[first..second], text[second..]));
            }
        }

        Assert.Equal(text, Pass([.. text.Select(static each => new[] { each })]));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xE2, 0x82, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0x80 })]
    public void Bytes_that_are_none_are_found_wherever_they_are_cut(byte[] bytes)
    {
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Null(Pass([.. "abc"u8, .. bytes[..cut]], [.. bytes[cut..], .. "def"u8]));
        }
    }

    [Fact]
    public void A_character_that_does_not_end_stays_open()
    {
        Utf8Check check = default;

        Assert.True(check.TryTake([0x61, 0xE2, 0x82], out _, out var whole));
        Assert.Equal((1, 2), (whole.Length, check.Open.Length));
    }

    /// <summary>The text that comes out of the pieces; null where they are not UTF-8.</summary>
    private static byte[]? Pass(params byte[][] pieces)
    {
        Utf8Check check = default;
        List<byte> passed = [];
        foreach (var piece in pieces)
        {
            if (!check.TryTake(piece, out var joined, out var whole))
            {
                return null;
            }

            passed.AddRange(joined);
            passed.AddRange(whole);
        }

        return check.Open.Length == 0 ? [.. passed] : null;
    }
}
