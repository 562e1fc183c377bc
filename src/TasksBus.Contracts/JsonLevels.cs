using System.Runtime.InteropServices;
using System.Text.Json;

namespace TasksBus.Contracts;

/// <summary>How deeply the objects and arrays of JSON are nested: <c>{}</c> and <c>[1]</c> have one level.</summary>
internal static class JsonLevels
{
    /// <summary>Returns true when a value has more levels. Most values are too short for that, and are not read.</summary>
    public static bool AreMoreThan(int levels, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
        {
            return false;
        }

        var json = JsonMarshal.GetRawUtf8Value(value);
        if (json.Length <= 2 * levels)
        {
            return false;
        }

        for (int depth = 0, next; (next = json.IndexOfAny("\"{[]}"u8)) >= 0; json = json.Slice(next + 1))
        {
            switch (json[next])
            {
                case (byte)'{' or (byte)'[':
                    if (++depth > levels)
                    {
                        return true;
                    }

                    break;
                case (byte)'"':
                    next += LengthOfText(json.Slice(next + 1));
                    break;
                default:
                    depth--;
                    break;
            }
        }

        return false;
    }

    /// <summary>The length of a text in JSON up to its closing quotation mark, which is included.</summary>
    private static int LengthOfText(ReadOnlySpan<byte> json)
    {
        var length = 0;
        for (int next; (next = json.IndexOfAny((byte)'"', (byte)'\\')) >= 0; json = json.Slice(next))
        {
            var isEscape = json[next] == '\\';
            next += isEscape ? 2 : 1;
            length += next;
            if (!isEscape)
            {
                break;
            }
        }

        return length;
    }
}
