namespace TasksBus.Functions.Management;

/// <summary>How a call ended.</summary>
public enum ManagementOutcome
{
    Done,

    /// <summary>Lambda knows no such function.</summary>
    NotFound,

    /// <summary>Lambda has a function of that name already.</summary>
    Exists,

    /// <summary>Lambda does not take the code.</summary>
    CodeRefused,

    /// <summary>Lambda does not take the configuration.</summary>
    ConfigurationRefused,

    /// <summary>This server may not do that, or lacks a setting for it: an operator must mend it.</summary>
    NotAllowed,

    /// <summary>Lambda could not be reached, is busy or failed: it may be done or not.</summary>
    Unknown,
}
