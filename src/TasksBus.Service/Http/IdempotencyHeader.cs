using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Service.Http;

/// <summary>The header by which a caller names a request, so that it may be sent again.</summary>
internal static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";

    /// <summary>Returns true when the request has the header.</summary>
    public static bool IsIn(HttpRequest request) => request.Headers.ContainsKey(Name);

    /// <summary>Reads the caller's key. Null when the request has none.</summary>
    /// <exception cref="CommandRefusedException">The header is no key.</exception>
    public static IdempotencyKey? Read(HttpRequest request, Caller caller) =>
        !request.Headers.TryGetValue(Name, out var header) ? null
        : header.Count == 1 && IdempotencyKey.TryParse($"{caller.ApplicationId} {caller.UserId}", header[0]!, out var key) ? key
        : throw new CommandRefusedException(
            ErrorCode.FieldFormat,
            $"{Name} must be one text of 1 to {TaskRules.MaxKeyLength} printable ASCII characters, such as a random UUID.");
}
