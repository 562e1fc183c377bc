namespace TasksBus.Functions.Management;

/// <summary>A function as Lambda is to have it.</summary>
/// <param name="Name">1 to 64 characters.</param>
/// <param name="Handler">The handler, such as <c>index.handler</c>.</param>
/// <param name="Runtime">The runtime, such as <c>nodejs22.x</c>.</param>
/// <param name="Timeout">Seconds.</param>
/// <param name="MemorySize">MB.</param>
/// <param name="Environment">Names and values.</param>
/// <param name="Marker">Lambda's description of the function, which tells who manages it.</param>
public sealed record FunctionConfiguration(
    string Name, string Handler, string Runtime, int Timeout, int MemorySize, IReadOnlyDictionary<string, string> Environment,
    string Marker);
