using System.Text;
using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>The zip archive that <c>torch.save</c> writes since PyTorch 1.6: <c>NAME/data.pkl</c>, and <c>NAME/data/KEY</c> for each storage.</summary>
internal sealed class TorchArchive : ITorchStorages
{
    private const string Pickle = "/data.pkl";
    private readonly ZipDirectory _zip;
    private readonly string _root;

    private TorchArchive(ZipDirectory zip, string root) => (_zip, _root) = (zip, root);

    /// <summary>Reads the archive's directory and its pickle.</summary>
    public static (StateDict State, ITorchStorages Storages) Open(FileBytes bytes, ReadBudget budget)
    {
        var zip = new ZipDirectory(bytes, budget);
        string[] pickles = [.. zip.Names.Where(n => n.EndsWith(Pickle, StringComparison.Ordinal) && n.AsSpan(0, n.Length - Pickle.Length).IndexOf('/') < 0)];
        if (pickles is not [string pickle])
        {
            throw new RequestException(new Problem("The archive is not a file of torch.save") { Where = bytes.Path, Expected = "NAME/data.pkl in it", Received = pickles.Length == 0 ? "none" : "several" });
        }

        string root = pickle[..^Pickle.Length];
        if (zip.Names.Contains($"{root}/constants.pkl"))
        {
            throw new RequestException(new Problem("The file is a TorchScript program, not a file of weights")
            {
                Where = bytes.Path,
                Hint = "In Python: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth').",
            });
        }

        CheckByteOrder(zip, bytes, root);
        zip.Check(pickle);
        (long position, long length) = zip.Find(pickle)!.Value;
        object? value = new Unpickler(new PickleInput(bytes, position, position + length, budget), budget, bytes.Path).Read();
        return (new StateDict(value, bytes.Path, budget), new TorchArchive(zip, root));
    }

    public (long Position, long Length)? Find(string key) => _zip.Find($"{_root}/data/{key}");

    public void Check(string key) => _zip.Check($"{_root}/data/{key}");

    private static void CheckByteOrder(ZipDirectory zip, FileBytes bytes, string root)
    {
        if (zip.Find($"{root}/byteorder") is { } place)
        {
            string order = Encoding.Latin1.GetString(bytes.Read(place.Position, (int)Math.Min(place.Length, 16)));
            if (order != "little")
            {
                throw new RequestException(new Problem("The file's values have another byte order") { Where = bytes.Path, Expected = "little", Received = order });
            }
        }
    }
}
