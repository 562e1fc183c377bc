using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Http;

namespace TasksBus.LocalLambda.Functions;

/// <summary>All functions: those that were deployed, and those in folders. A deployed one goes first where both have a name.</summary>
internal sealed class FunctionCatalog(FunctionFolders folders, FunctionDeployments deployments)
{
    /// <summary>The function as it runs now, or null.</summary>
    /// <param name="name">A name that <see cref="FunctionName"/> has let through.</param>
    /// <exception cref="LambdaException">It is there, but cannot run: its code is still being unpacked, or could not be.</exception>
    public Function? Find(string name)
    {
        if (deployments.Find(name) is not { } deployment)
        {
            return folders.Find(name);
        }

        var state = deployment.Stored.Current.State;
        return state == FunctionState.Active ? deployment.Runs : throw new LambdaException(LambdaError.NotInState(state));
    }
}
