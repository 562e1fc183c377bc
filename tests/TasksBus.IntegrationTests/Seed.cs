using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace TasksBus.IntegrationTests;

/// <summary>Random choices that a run can repeat: with the environment variable <c>SEED</c>, which <c>make test</c> prints.</summary>
internal static class Seed
{
    private static readonly uint s_value = Read();

    /// <summary>The random numbers of one test, the same for the same seed.</summary>
    /// <param name="index">Tells apart what runs side by side, for one sequence must not be shared.</param>
    public static Random Random(int index = 0, [CallerMemberName] string test = "") =>
        new((int)System.IO.Hashing.XxHash32.HashToUInt32(Encoding.UTF8.GetBytes($"{s_value} {test} {index}")));

    private static uint Read()
    {
        if (Environment.GetEnvironmentVariable("SEED") is { } text)
        {
            return uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        var seed = (uint)System.Random.Shared.NextInt64(uint.MaxValue);
        Console.WriteLine($"SEED={seed}");
        return seed;
    }
}
