namespace Regimen.Data;

/// <summary>A summary of a text as tokens.</summary>
/// <param name="Files">The number of files.</param>
/// <param name="Bytes">The number of bytes, without byte order marks.</param>
/// <param name="Vocabulary">The number of different tokens.</param>
/// <param name="InMemory">Whether tokens are kept in memory; otherwise the text is read for every batch.</param>
/// <param name="Parts">The parts of the text.</param>
/// <param name="Sample">The beginning of the first training sample, decoded.</param>
internal sealed record TextSummary(int Files, long Bytes, int Vocabulary, bool InMemory, IReadOnlyList<TextPartSummary> Parts, string Sample);

/// <summary>A summary of a part of a text.</summary>
/// <param name="Name">train, val or test.</param>
/// <param name="Bytes">The number of bytes.</param>
/// <param name="Tokens">The number of tokens.</param>
/// <param name="Unknown">The number of tokens for characters that do not occur in the training part.</param>
internal sealed record TextPartSummary(string Name, long Bytes, long Tokens, long Unknown);
