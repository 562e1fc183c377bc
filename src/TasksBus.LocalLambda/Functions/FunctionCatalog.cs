using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Http;

namespace TasksBus.LocalLambda.Functions;

/// <summary>All functions, deployed ones and those in folders. If both have the same name, the deployed one is used.</summary>
internal sealed class FunctionCatalog(FunctionFolders folders, FunctionDeployments deployments)
{
    /// <summary>The function as it runs now, or null.</summary>
    /// <param name="name">A name that <see cref="LocalFunctionName"/> accepted.</param>
    /// <exception cref="LambdaException">The function exists but cannot run: its code is still being unpacked, or could not be
    /// unpacked.</exception>
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
