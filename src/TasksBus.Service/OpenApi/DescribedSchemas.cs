using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TasksBus.Service.OpenApi.Schemas;

namespace TasksBus.Service.OpenApi;

/// <summary>Adds what .NET's generator leaves out of schemas, and names them.</summary>
internal sealed class DescribedSchemas : IOpenApiSchemaTransformer
{
    private const string Ending = "Schema";

    /// <summary>The name of a schema in the document. Null when the schema is written where it is used.</summary>
    public static string? NameOf(JsonTypeInfo type) =>
        type.Type.Namespace == typeof(TaskSchema).Namespace && !type.Type.IsArray ? type.Type.Name[..^Ending.Length] : null;

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }

        // A schema with a name is the same wherever it is used, so a property's description must not change it. A value that may be left
        // out has no name of its own, and is what the value is.
        var value = Nullable.GetUnderlyingType(type) is { IsEnum: false, Namespace: var space } left
            && space == typeof(TaskSchema).Namespace ? left : null;
        var hasName = NameOf(context.JsonTypeInfo) is not null;
        var says = value ?? (hasName ? type : context.JsonPropertyInfo?.AttributeProvider);
        if (says?.GetCustomAttributes(typeof(KeywordsAttribute), inherit: false) is [KeywordsAttribute keywords])
        {
            schema.Type = value is not null || (hasName && type.IsValueType) ? null : schema.Type;
            Write(keywords, schema);
        }

        return Task.CompletedTask;
    }

    /// <summary>Extensions are written unchanged, so any keyword can be an extension.</summary>
    private static void Write(KeywordsAttribute keywords, OpenApiSchema schema)
    {
        schema.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        foreach (var (keyword, value) in keywords.Read())
        {
            schema.Extensions[keyword] = new JsonNodeExtension(value!.DeepClone());
        }
    }
}
