// Runs an exported model with ONNX Runtime alone: neither Regimen nor libtorch is referenced.
//
//     regimen train model=cnn
//     regimen export latest --preprocessing --output cnn.onnx
//     dotnet run --project samples/OnnxOnly -- cnn.onnx data/mnist
//
// The pre-processing is in the file, so the inputs are the bytes of the pixels and the outputs are probabilities.
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: OnnxOnly MODEL.onnx FOLDER\n  FOLDER: t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, or with .gz");
    return 2;
}

using var session = new InferenceSession(args[0]);
string[] classes = JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap["regimen.classes"])!;
byte[] images = Read("t10k-images-idx3-ubyte")[16..];
byte[] labels = Read("t10k-labels-idx1-ubyte")[8..];

const int batch = 100;
int size = images.Length / labels.Length;
int side = (int)Math.Sqrt(size);
int correct = 0;
for (int start = 0; start < labels.Length; start += batch)
{
    int count = Math.Min(batch, labels.Length - start);
    using OrtValue input = OrtValue.CreateTensorValueFromMemory(images[(start * size)..((start + count) * size)], [count, 1, side, side]);
    using var options = new RunOptions();
    using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, session.InputNames, [input], session.OutputNames);
    ReadOnlySpan<float> probabilities = outputs[0].GetTensorDataAsSpan<float>();
    for (int i = 0; i < count; i++)
    {
        ReadOnlySpan<float> row = probabilities.Slice(i * classes.Length, classes.Length);
        int best = 0;
        for (int c = 1; c < row.Length; c++)
        {
            best = row[c] > row[best] ? c : best;
        }

        correct += classes[best] == labels[start + i].ToString(CultureInfo.InvariantCulture) ? 1 : 0;
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{correct} of {labels.Length} images are classified correctly: accuracy {(double)correct / labels.Length}"));
return 0;

byte[] Read(string name)
{
    string path = Path.Combine(args[1], name);
    if (File.Exists(path))
    {
        return File.ReadAllBytes(path);
    }

    using var content = new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
    using var bytes = new MemoryStream();
    content.CopyTo(bytes);
    return bytes.ToArray();
}
