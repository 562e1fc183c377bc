using System.Text;
using System.Text.RegularExpressions;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Functions.Registry;

/// <summary>The rules for managed functions. Further limits are Lambda's, which itself says what it refuses.</summary>
internal static partial class FunctionRules
{
    public const int MaxEnvironmentBytes = 4_096;
    public const int MaxErrorsToRetry = 100;
    public const int MaxDescriptionLength = 1_024;

    private static readonly string[] s_permissionModes = [
        FunctionSettings.PermissionRequired, FunctionSettings.AllUsers, FunctionSettings.Public];

    /// <exception cref="CommandRefusedException">The settings break a rule.</exception>
    public static void Check(FunctionSettings function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (!Name().IsMatch(function.Name))
        {
            throw new CommandRefusedException(ErrorCode.InvalidFunctionName, "name must be 1 to 64 letters, digits, '-' or '_'.");
        }

        if (Faults(function).FirstOrDefault() is { } fault)
        {
            throw new CommandRefusedException(ErrorCode.InvalidFunctionConfiguration, fault);
        }
    }

    private static IEnumerable<string> Faults(FunctionSettings function)
    {
        if (function.Description?.Length > MaxDescriptionLength || !TaskRules.IsStorable(function.Description ?? ""))
        {
            yield return $"description: at most {MaxDescriptionLength} characters, without U+0000 and halves of surrogate pairs.";
        }

        if (!EntryPoint().IsMatch(function.EntryPoint))
        {
            yield return "entryPoint must be 1 to 128 characters without spaces, such as index.handler.";
        }

        if (!Runtime().IsMatch(function.Runtime))
        {
            yield return "runtime must be the name of a runtime of AWS Lambda, such as nodejs22.x, python3.13 or provided.al2023.";
        }

        if (function.TimeLimit is < 3 or > 300)
        {
            yield return $"timeLimit must be from 3 to 300 seconds; got {function.TimeLimit}.";
        }

        if (function.MemoryLimit is < 128 or > 10_240)
        {
            yield return $"memoryLimit must be from 128 to 10240 MB; got {function.MemoryLimit}.";
        }

        if (!s_permissionModes.Contains(function.PermissionMode))
        {
            yield return $"executionOptions.permissionMode must be one of {string.Join(", ", s_permissionModes)}.";
        }

        if (function.DefaultPriority is < -TaskRules.MaxPriority or > TaskRules.MaxPriority)
        {
            yield return $"executionOptions.defaultPriority must be from -{TaskRules.MaxPriority} to {TaskRules.MaxPriority}.";
        }

        if (function.ErrorsToRetry.Count > MaxErrorsToRetry
            || function.ErrorsToRetry.Any(static name => name.Length is 0 or > ErrorText.NameLimit || !TaskRules.IsStorable(name)))
        {
            yield return $"retryPolicy.errorsToRetry: at most {MaxErrorsToRetry} names of 1 to {ErrorText.NameLimit} characters, without "
                + "U+0000 and halves of surrogate pairs.";
        }

        foreach (var fault in EnvironmentFaults(function.Environment ?? new Dictionary<string, string>()))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> EnvironmentFaults(IReadOnlyDictionary<string, string> environment)
    {
        // A value is a secret, and an invalid name may be a secret too, so neither is repeated.
        if (environment.Keys.Any(static name => !VariableName().IsMatch(name)))
        {
            yield return "environmentVariables: a name is a letter, then one or more letters, digits or '_'.";
        }

        if (environment.Values.Any(static value => !TaskRules.IsStorable(value)))
        {
            yield return "environmentVariables: values must not hold U+0000 or half of a surrogate pair.";
        }

        var bytes = environment.Sum(
            static variable => Encoding.UTF8.GetByteCount(variable.Key) + Encoding.UTF8.GetByteCount(variable.Value));
        if (bytes > MaxEnvironmentBytes)
        {
            yield return $"environmentVariables have {bytes} bytes of names and values; at most {MaxEnvironmentBytes} are allowed.";
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[!-~]{1,128}\z")]
    private static partial Regex EntryPoint();

    [GeneratedRegex(@"\A[a-z][a-z0-9.]{1,39}\z")]
    private static partial Regex Runtime();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]+\z")]
    private static partial Regex VariableName();
}
