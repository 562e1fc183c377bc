using System.Buffers;

namespace TasksBus.LocalLambda.Processes;

/// <summary>What a process can say. The numbers are those in bootstrap.mjs.</summary>
internal enum MessageKind
{
    /// <summary>No message: the process ended or was ended.</summary>
    Ended = 0,

    /// <summary>The function is loaded.</summary>
    Ready = 1,

    /// <summary>The function could not be loaded; the body is the error.</summary>
    InitFailed = 2,

    /// <summary>The function has answered; the body is its JSON.</summary>
    Result = 3,

    /// <summary>The function has failed; the body is the error.</summary>
    Failed = 4,

    /// <summary>The function has failed in a way that leaves its process unusable; the body is the error.</summary>
    Crashed = 5,
}

/// <summary>One frame from a process. Its body uses a pooled array until it is disposed.</summary>
internal readonly record struct Message(MessageKind Kind, byte[] Rented, int Length, int PeakMemoryKb) : IDisposable
{
    public static readonly Message Ended = new(MessageKind.Ended, [], 0, 0);

    public ReadOnlyMemory<byte> Body => Rented.AsMemory(0, Length);

    public static Message Rent(MessageKind kind, int length, int peakMemoryKb) =>
        new(kind, length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length), length, peakMemoryKb);

    public void Dispose()
    {
        if (Rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Rented);
        }
    }
}
