namespace TasksBus.UnitTests.Http;

/// <summary>A server that answers few requests at once and lets in a page of another site.</summary>
public sealed class ApiFunctionServer : ApiServer
{
    public const int MaxRequests = 3;
    public const string FriendlyPage = "http://localhost:3000";

    protected override string[] Settings =>
        [$"--TasksBus:MaxApiRequests={MaxRequests}", "--TasksBus:FunctionShare=100", $"--TasksBus:Cors:Origins:0={FriendlyPage}"];
}
