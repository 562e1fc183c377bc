namespace TasksBus.Tool.Output;

/// <summary>Nobody reads the output any more, as when <c>head</c> has what it wants. The program ends without a word.</summary>
internal sealed class OutputClosedException() : IOException("Nobody reads the output any more.");
