using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;
using Yours = Workshop.Exercises.Step10;
using Solution = Workshop.Solutions.Step10;

namespace Workshop.Checks;

internal static class Step10
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("10", 1, "read the header of a safetensors file",
            ["BinaryPrimitives.ReadUInt64LittleEndian(file) is the length of the header.", "JsonNode.Parse(file.AsSpan(8, length))!.AsObject() is the header; compare the length with the file first."],
            Yours.Shapes, Solution.Shapes, shapes =>
            {
                byte[] file = FileWith("{\"__metadata__\":{\"epochs\":\"3\"},\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[24,28]}}", 28);
                Dictionary<string, long[]> read = shapes(file);
                Answer.Sequence("the names", ["b", "w"], read.Keys.Order(StringComparer.Ordinal));
                Answer.Sequence("the shape of w", [2L, 3L], read["w"]);
                Answer.Sequence("the shape of b, which is one number", [], read["b"]);
                Answer.Throws<FormatException>("a file that ends in its header", () => shapes(file[..40]));
                Answer.Throws<FormatException>("an empty file", () => shapes([]));
                Answer.Throws<FormatException>("a length of 2⁶⁴ − 1", () => shapes([255, 255, 255, 255, 255, 255, 255, 255, 123, 125]));
            }),
        Exercise.For("10", 2, "replace a file without ever having half a one",
            ["Write to another name in the same folder, then File.Move(…, overwrite: true).", "Catch everything, delete the unfinished file, and throw; again."],
            Yours.Replace, Solution.Replace, replace =>
            {
                string folder = Directory.CreateTempSubdirectory("workshop-").FullName;
                try
                {
                    string path = Path.Combine(folder, "model");
                    replace(path, file => file.Write("old"u8));
                    Answer.Equal("the content", "old", File.ReadAllText(path));
                    Answer.Throws<TimeoutException>("a write that fails", () => replace(path, file =>
                    {
                        file.Write("ne"u8);
                        file.Flush();
                        Answer.Equal("the file while the new one is written", "old", File.ReadAllText(path));
                        throw new TimeoutException();
                    }));
                    Answer.Equal("the content after a write that failed", "old", File.ReadAllText(path));
                    Answer.Sequence("the files after a write that failed", ["model"], Directory.GetFiles(folder).Select(f => Path.GetFileName(f)));
                    replace(path, file => file.Write("new"u8));
                    Answer.Equal("the content after another write", "new", File.ReadAllText(path));
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }),
        Exercise.For("10", 3, "load the weights that fit",
            ["model.state_dict() has the tensors of the model by name; weight.copy_(value) changes the model.", "Parameters are changed inside using (no_grad())."],
            Yours.LoadMatching, Solution.LoadMatching, load =>
            {
                using nn.Module<Tensor, Tensor> model = nn.Sequential(("fc1", nn.Linear(3, 2)), ("fc2", nn.Linear(2, 4)));
                float before = model.state_dict()["fc2.weight"][0, 0].item<float>();
                var file = new Dictionary<string, Tensor> { ["fc1.weight"] = full(2, 3, 0.5f), ["fc1.bias"] = full(2, 7f), ["fc2.weight"] = zeros(10, 2), ["other"] = zeros(1) };
                Answer.Sequence("the names that were not loaded", ["fc2.bias", "fc2.weight"], load(model, file));
                Answer.Close("a loaded weight", 0.5, model.state_dict()["fc1.weight"][1, 2].item<float>());
                Answer.Close("a loaded bias", 7, model.state_dict()["fc1.bias"][1].item<float>());
                Answer.Close("a weight of another shape, unchanged", before, model.state_dict()["fc2.weight"][0, 0].item<float>());
            }),
    ];

    private static byte[] FileWith(string header, int data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] file = [.. new byte[8], .. text, .. new byte[data]];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        return file;
    }
}
