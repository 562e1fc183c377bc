namespace TasksBus.LocalLambda.Deployments;

/// <summary>The checksum that zip files hold (ISO 3309, polynomial 0xEDB88320); .NET reads it, but does not check it.</summary>
internal struct Crc32()
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(static i => OfByte((uint)i))];
    private uint _state = uint.MaxValue;

    public readonly uint Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            _state = Table[(byte)_state ^ value] ^ (_state >> 8);
        }
    }

    private static uint OfByte(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320;
        }

        return value;
    }
}
