using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using TasksBus.Functions.Management;
using TasksBus.Functions.Registry;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Functions;

/// <summary>A test of managed functions over either store, with a Lambda that fails when it is told.</summary>
public abstract class ManagedFunctionTest : IAsyncLifetime
{
    private protected ManagedFunctionTest(StoredEngine engine) => Engine = engine;

    private protected static ManagementResult Refused { get; } = new(ManagementOutcome.ConfigurationRefused, "Lambda's words.");

    private protected static ManagementResult Unknown { get; } = new(ManagementOutcome.Unknown, "Nobody knows.");

    private protected static FunctionChanges Whole => new() { EntryPoint = "index.handler", Runtime = "nodejs22.x", Code = Zips.Base64() };

    private protected StoredEngine Engine { get; }

    private protected ScriptedManagement Lambda { get; } = new();

    private protected EphemeralDataProtectionProvider Keys { get; } = new();

    private protected FunctionStore Store { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Engine.StartAsync();
        Store = new(Engine.Model);
    }

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    private protected ManagedFunctions Server() => new(Store, Unfinished(Keys), new(new(Keys)), Lambda);

    private protected UnfinishedSteps Unfinished(IDataProtectionProvider keys) =>
        new(Store, new(new(keys)), TimeProvider.System, NullLogger<UnfinishedSteps>.Instance, Lambda);

    /// <summary>Lets the next call of that name fail.</summary>
    private protected void Fail(string call, ManagementResult? instead = null, ManagementResult? after = null)
    {
        Lambda.Instead = called => Once(called, ref instead);
        Lambda.Afterwards = called => Once(called, ref after);

        ManagementResult? Once(string called, ref ManagementResult? result)
        {
            var now = called == call ? result : null;
            result = now is null ? result : null;
            return now;
        }
    }
}
