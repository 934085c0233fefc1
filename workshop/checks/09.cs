using Yours = Workshop.Exercises.Step09;
using Solution = Workshop.Solutions.Step09;

namespace Workshop.Checks;

internal static class Step09
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("09", 1, "read the losses of a log, also of a killed run",
            ["JsonSerializer.Deserialize<JsonElement>(line) throws a JsonException for a damaged line.", "catch (JsonException) when (i == lines.Count - 1) catches it for the last line only."],
            Yours.Losses, Solution.Losses, losses =>
            {
                string[] log = ["{\"event\":\"start\",\"loss\":9}", "{\"event\":\"epoch\",\"epoch\":1,\"loss\":0.5}", "{\"event\":\"epoch\",\"epoch\":2,\"loss\":0.25}"];
                Answer.Sequence("the losses of a log", [0.5, 0.25], losses(log));
                Answer.Sequence("the losses of a log with a cut line", [0.5, 0.25], losses([.. log, "{\"event\":\"epoch\",\"epo"]));
                Answer.Sequence("the losses of an empty log", [], losses([]));
                Answer.Throws<FormatException>("a log with a cut line in the middle", () => losses([log[0], "{\"event\":\"ep", log[2]]));
            }),
        Exercise.For("09", 2, "find what a log lacks",
            ["JsonElement.TryGetProperty tells whether an object has a name.", "Split the name at its dots, and go one level down for each part."],
            Yours.Missing, Solution.Missing, missing =>
            {
                const string Start = "{\"event\":\"start\",\"data\":\"0b36\",\"torch\":null,\"settings\":{\"lr\":0.05,\"seed\":0}}";
                Answer.Sequence("what is missing", ["settings.threads", "program", "torch", "data.digest"],
                    missing(Start, ["settings.seed", "settings.threads", "data", "program", "torch", "data.digest", "settings.lr"]));
                Answer.Sequence("what is missing of nothing", [], missing(Start, []));
            }),
        Exercise.For("09", 3, "the digest of weights",
            ["IncrementalHash.CreateHash(HashAlgorithmName.SHA256) takes bytes piece by piece: AppendData.", "Order the names with StringComparer.Ordinal; BinaryPrimitives.WriteSingleLittleEndian gives the bytes of a float."],
            Yours.Digest, Solution.Digest, digest =>
            {
                const string Expected = "0f2286a5c2ca2421ed8e0c600ba5740a725cc91aa24b5418aaa1ee41f4d59873";
                Answer.Equal("the digest of two layers", Expected, digest(new Dictionary<string, float[]> { ["fc1.weight"] = [1.5f, -2, 0.25f], ["fc1.bias"] = [0] }));
                Answer.Equal("the digest of the same layers in another order", Expected, digest(new Dictionary<string, float[]> { ["fc1.bias"] = [0], ["fc1.weight"] = [1.5f, -2, 0.25f] }));
                Answer.Equal("the digest with an empty layer", "10e108201fdb51dd0225fec5d9bbf9557194a6884cb810a6c59140644883efa3", digest(new Dictionary<string, float[]> { ["b"] = [], ["a"] = [1] }));
            }),
    ];
}
