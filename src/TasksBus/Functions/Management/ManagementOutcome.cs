namespace TasksBus.Functions.Management;

/// <summary>How a call ended.</summary>
public enum ManagementOutcome
{
    /// <summary>Lambda did what was asked.</summary>
    Done,

    /// <summary>Lambda has no such function.</summary>
    NotFound,

    /// <summary>Lambda has a function of that name already.</summary>
    Exists,

    /// <summary>Lambda refuses the code.</summary>
    CodeRefused,

    /// <summary>Lambda refuses the configuration.</summary>
    ConfigurationRefused,

    /// <summary>This server may not do that, or lacks a setting for it. An operator must fix it.</summary>
    NotAllowed,

    /// <summary>Lambda could not be reached, is busy or failed. The call may have been carried out or not.</summary>
    Unknown,
}
