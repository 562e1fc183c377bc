using System.Globalization;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>The variables that a function's process sees: Lambda's, its own, and only PATH of the server's.</summary>
internal static class FunctionEnvironment
{
    public static void Fill(
        IDictionary<string, string?> environment, Function function, RuntimeProgram program, FunctionUser? user, string path)
    {
        environment.Clear();
        environment["PATH"] = path;
        environment["HOME"] = environment["TMPDIR"] = user?.Home ?? Path.GetTempPath();
        environment["LANG"] = "en_US.UTF-8";
        environment["TZ"] = ":UTC";
        environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = LocalFunctionName.Region;
        if (program.ExecutionEnvironment.Length > 0)
        {
            environment["AWS_EXECUTION_ENV"] = program.ExecutionEnvironment;
        }

        environment["AWS_LAMBDA_FUNCTION_NAME"] = function.Name;
        environment["AWS_LAMBDA_FUNCTION_VERSION"] = LocalFunctionName.Latest;
        environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = function.Settings.MemoryMb.ToString(CultureInfo.InvariantCulture);
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
        environment["AWS_LAMBDA_LOG_GROUP_NAME"] = $"/aws/lambda/{function.Name}";
        environment["AWS_LAMBDA_LOG_STREAM_NAME"] = $"[{LocalFunctionName.Latest}]{Guid.NewGuid():N}";
        environment["LAMBDA_TASK_ROOT"] = function.Folder;
        environment["_HANDLER"] = function.Settings.Handler;
    }

    /// <summary>The function's own variables as a shell script.</summary>
    public static string Script(IReadOnlyDictionary<string, string> variables) => string.Concat(
        variables.Where(static variable => IsShellName(variable.Key))
            .Select(static variable => $"export {variable.Key}='{variable.Value.Replace("'", "'\\''", StringComparison.Ordinal)}'\n"));

    /// <summary>
    /// Returns true when a shell can set the variable. The system's loader reads no variable with another name, so those are passed on
    /// directly.
    /// </summary>
    public static bool IsShellName(string name) =>
        (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
