namespace TasksBus.Storage.Model;

/// <summary>A request that an API function answered. It is written once, when it is over.</summary>
internal sealed class ApiRequestRow : IRecordRow
{
    public long Number { get; set; }

    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";
    public string FunctionName { get; set; } = "";
    public string Method { get; set; } = "";

    /// <summary>The path after the function's name, with the query and without the slash before it.</summary>
    public string Path { get; set; } = "";
    public string? UserId { get; set; }
    public string? ApplicationId { get; set; }
    public int StatusCode { get; set; }
    public long RequestedAt { get; set; }

    /// <summary>Microseconds.</summary>
    public long Duration { get; set; }
    public string? ErrorType { get; set; }
    public string? ErrorName { get; set; }
    public string? ErrorMessage { get; set; }
}

/// <summary>What the function of an API request printed. The number is the request's.</summary>
internal sealed class ApiRequestLogRow
{
    public long Number { get; set; }
    public long ReceivedAt { get; set; }
    public string Text { get; set; } = "";

    /// <summary>Lambda's id of the invocation.</summary>
    public string? RequestId { get; set; }
}
