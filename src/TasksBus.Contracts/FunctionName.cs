namespace TasksBus.Contracts;

/// <summary>
/// What a task's functionName says, in each form that Lambda takes: a name, <c>name:qualifier</c>, a partial ARN (<c>account:function:name</c>) or a full one,
/// both with or without a qualifier. What is in no such form is a name, and Lambda says what is wrong with it.
/// </summary>
/// <param name="Region">The region of a full ARN.</param>
/// <param name="Account">The account of an ARN; null: that of the credentials.</param>
/// <param name="Name">The function's own name.</param>
/// <param name="Qualifier">A version or an alias.</param>
public sealed record FunctionName(string? Region, string? Account, string Name, string? Qualifier)
{
    /// <summary>The version that runs where none is named.</summary>
    public const string Latest = "$LATEST";

    /// <summary>What the limits of a function are kept under: all names that lead to it, and its versions and aliases, share them.</summary>
    /// <param name="ownAccount">The account of the credentials; null where every account's ARN may lead to the function of that name.</param>
    public string KeyFor(string? ownAccount) => Account is null || ownAccount is null || Account == ownAccount ? Name : $"{Account}:{Name}";

    /// <returns>Null for a text that begins as an ARN and is none of a function.</returns>
    public static FunctionName? Parse(string text)
    {
        var parts = text.Split(':');
        return parts switch
        {
            ["arn", { Length: > 0 }, "lambda", { Length: > 0 } region, { Length: > 0 } account, "function", { Length: > 0 } name] => new(region, account, name, null),
            ["arn", { Length: > 0 }, "lambda", { Length: > 0 } region, { Length: > 0 } account, "function", { Length: > 0 } name, { Length: > 0 } qualifier] =>
                new(region, account, name, qualifier),
            ["arn", ..] => null,
            [var account, "function", var name] => new(null, account, name, null),
            [var account, "function", var name, var qualifier] => new(null, account, name, qualifier),
            [var name, var qualifier] => new(null, null, name, qualifier),
            _ => new(null, null, text, null),
        };
    }
}
