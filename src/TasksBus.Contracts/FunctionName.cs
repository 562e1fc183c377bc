namespace TasksBus.Contracts;

/// <summary>
/// The functionName of a task, in any form that Lambda accepts: a name, <c>name:qualifier</c>, a partial ARN (<c>account:function:name</c>)
/// or a full ARN, both with or without a qualifier. A text in none of these forms counts as a name, and Lambda then says what is wrong with
/// it.
/// </summary>
/// <param name="Region">The region of a full ARN.</param>
/// <param name="Account">The account of an ARN. Null means the account of the credentials.</param>
/// <param name="Name">The function's own name.</param>
/// <param name="Qualifier">A version or an alias.</param>
public sealed record FunctionName(string? Region, string? Account, string Name, string? Qualifier)
{
    /// <summary>The version that runs when no version is named.</summary>
    public const string Latest = "$LATEST";

    /// <summary>
    /// The key under which the limits of a function are kept. All names of the function, and its versions and aliases, share the limits.
    /// </summary>
    /// <param name="ownAccount">The account of the credentials. Null when ARNs of any account may name the function.</param>
    public string KeyFor(string? ownAccount) => Account is null || ownAccount is null || Account == ownAccount ? Name : $"{Account}:{Name}";

    /// <summary>The function's own name in the functionName of a task. A text that is no function's ARN stays as it is.</summary>
    public static string BareName(string functionName) => Parse(functionName)?.Name ?? functionName;

    /// <returns>Null for a text that begins as an ARN but is not the ARN of a function.</returns>
    public static FunctionName? Parse(string text)
    {
        var parts = text.Split(':');
        return parts switch
        {
            ["arn", ..] when !Array.TrueForAll(parts, static part => part.Length > 0) => null,
            ["arn", _, "lambda", var region, var account, "function", var name] => new(region, account, name, null),
            ["arn", _, "lambda", var region, var account, "function", var name, var qualifier] => new(region, account, name, qualifier),
            ["arn", ..] => null,
            [var account, "function", var name] => new(null, account, name, null),
            [var account, "function", var name, var qualifier] => new(null, account, name, qualifier),
            [var name, var qualifier] => new(null, null, name, qualifier),
            _ => new(null, null, text, null),
        };
    }
}
