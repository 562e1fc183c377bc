using System.Text.Json.Nodes;

namespace TasksBus.Service.OpenApi.Schemas;

/// <summary>Keywords of JSON Schema for which .NET has no attribute. On a struct without properties they are the whole schema.</summary>
/// <param name="json">A JSON object. It must not contain a keyword that is generated.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property)]
internal sealed class KeywordsAttribute(string json) : Attribute
{
    /// <summary>Returns a new object each time, because its parts become parts of the document.</summary>
    public JsonObject Read() => JsonNode.Parse(json)!.AsObject();
}
