using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace TasksBus.Service.OpenApi;

/// <summary>
/// Tells .NET's generator about the parameters and bodies that endpoints read themselves. The generator finds only those that it binds.
/// </summary>
internal sealed class DescribedInputs : IApiDescriptionProvider
{
    private static readonly EmptyModelMetadataProvider s_types = new();

    /// <summary>Runs after .NET's own provider, which finds the endpoints at -1100.</summary>
    public int Order => 0;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var description in context.Results)
        {
            var metadata = description.ActionDescriptor.EndpointMetadata;
            foreach (var (name, schema, _, source) in metadata.OfType<DescribedParameter>())
            {
                // A group declares the parameter for all its endpoints, but not every endpoint has it.
                var isInPath = source == BindingSource.Path;
                if (!isInPath || PathOf(description).Contains($"{{{name}}}", StringComparison.Ordinal))
                {
                    Add(description, name, schema, source, isRequired: isInPath);
                }
            }

            if (metadata.OfType<DescribedBody>().LastOrDefault() is { } body)
            {
                Add(description, "body", body.Schema, BindingSource.Body, body.IsRequired);
                description.SupportedRequestFormats.Add(new() { MediaType = "application/json" });
            }
        }
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
    }

    /// <summary>The path in the form of the document.</summary>
    public static string PathOf(ApiDescription description) =>
        $"/{description.RelativePath!.Replace("{**", "{", StringComparison.Ordinal).TrimEnd('/')}";

    /// <summary>Adds an input. It replaces one that .NET binds as a plain text.</summary>
    private static void Add(ApiDescription description, string name, Type schema, BindingSource source, bool isRequired)
    {
        var inputs = description.ParameterDescriptions;
        foreach (var bound in inputs.Where(each => each.Name == name).ToList())
        {
            inputs.Remove(bound);
        }

        inputs.Add(new()
        {
            Name = name,
            Type = schema,
            // When .NET has bound a text, it takes the type from here.
            ModelMetadata = s_types.GetMetadataForType(schema),
            Source = source,
            IsRequired = isRequired,
        });
    }
}
