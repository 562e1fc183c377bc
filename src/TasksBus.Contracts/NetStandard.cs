#if NETSTANDARD2_0
// What the compiler and this project use of newer versions of .NET. On those it is empty.
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace System
{
    /// <summary>The compiler asks for it at list patterns.</summary>
    internal readonly struct Index(int value, bool fromEnd = false)
    {
        public int GetOffset(int length) => fromEnd ? length - value : value;
    }
}

namespace System.Runtime.CompilerServices
{
    internal static class IsExternalInit;

    [AttributeUsage(AttributeTargets.Parameter)]
    internal sealed class CallerArgumentExpressionAttribute(string parameterName) : Attribute
    {
        public string ParameterName => parameterName;
    }
}

namespace System.Diagnostics.CodeAnalysis
{
    [AttributeUsage(AttributeTargets.Parameter)]
    internal sealed class NotNullWhenAttribute(bool returnValue) : Attribute
    {
        public bool ReturnValue => returnValue;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    internal sealed class NotNullAttribute : Attribute;
}

namespace TasksBus.Contracts
{
    internal static class NetStandard
    {
        extension(ArgumentNullException)
        {
            public static void ThrowIfNull(
                [NotNull] object? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
            {
                if (argument is null)
                {
                    throw new ArgumentNullException(name);
                }
            }
        }

        extension(ArgumentException)
        {
            public static void ThrowIfNullOrEmpty(
                [NotNull] string? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
            {
                ArgumentNullException.ThrowIfNull(argument, name);
                if (argument.Length == 0)
                {
                    throw new ArgumentException("The value cannot be an empty string.", name);
                }
            }
        }

        extension(ArgumentOutOfRangeException)
        {
            public static void ThrowIfNegative(int value, [CallerArgumentExpression(nameof(value))] string? name = null)
            {
                if (value < 0)
                {
                    throw new ArgumentOutOfRangeException(name, value, "The value must not be negative.");
                }
            }

            public static void ThrowIfGreaterThan(int value, int other, [CallerArgumentExpression(nameof(value))] string? name = null)
            {
                if (value > other)
                {
                    throw new ArgumentOutOfRangeException(name, value, $"The value must not be greater than {other}.");
                }
            }
        }

        extension(char)
        {
            public static bool IsAsciiDigit(char letter) => letter is >= '0' and <= '9';

            public static bool IsAsciiLetterOrDigit(char letter) =>
                letter is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z');
        }

        extension(SHA256)
        {
            public static int HashSizeInBytes => 32;

            public static void HashData(ReadOnlySpan<byte> source, Span<byte> destination)
            {
                using var hash = SHA256.Create();
                hash.ComputeHash(source.ToArray()).CopyTo(destination);
            }
        }

        extension(RandomNumberGenerator)
        {
            public static void Fill(Span<byte> data)
            {
                var bytes = new byte[data.Length];
                using var random = RandomNumberGenerator.Create();
                random.GetBytes(bytes);
                bytes.CopyTo(data);
            }
        }

        [ThreadStatic]
        private static Random? t_random;

        extension(Random)
        {
            public static Random Shared => t_random ??= new(Guid.NewGuid().GetHashCode());
        }

        extension(Guid guid)
        {
            public void TryWriteBytes(Span<byte> destination, bool bigEndian, out int bytesWritten)
            {
                var bytes = guid.ToByteArray();
                if (bigEndian)
                {
                    Array.Reverse(bytes, 0, 4);
                    Array.Reverse(bytes, 4, 2);
                    Array.Reverse(bytes, 6, 2);
                }

                bytes.CopyTo(destination);
                bytesWritten = bytes.Length;
            }
        }
    }
}
#endif
