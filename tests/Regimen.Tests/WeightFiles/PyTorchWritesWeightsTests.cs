using Regimen.Tests.TestKit;
using Regimen.WeightFiles;

namespace Regimen.Tests.WeightFiles;

/// <summary>Files that PyTorch itself writes, in both of its formats: every tensor has the bytes that PyTorch says it has.</summary>
public sealed class PyTorchWritesWeightsTests
{
    private const string Script =
        """
        import collections, hashlib, os, sys, torch
        torch.manual_seed(3)
        base = torch.arange(60, dtype=torch.float32).reshape(5, 12)
        sd = collections.OrderedDict()
        sd["plain"] = torch.randn(3, 7)
        sd["half"] = torch.randn(5, 3).half()
        sd["bf16"] = torch.randn(4).bfloat16()
        sd["double"] = torch.randn(2, 2, 3).double()
        sd["parameter"] = torch.nn.Parameter(torch.randn(6))
        sd["transposed"] = base.t()
        sd["column"] = base[:, 3]
        sd["block"] = base[1:4, 2:9:3]
        sd["shared"] = base
        sd["permuted"] = torch.randn(2, 3, 4, 5).permute(3, 0, 2, 1)
        sd["scalar"] = torch.tensor(5)
        sd["empty"] = torch.zeros(0, 4)
        sd["bool"] = torch.tensor([True, False, True])
        for name, dtype in (("i8", torch.int8), ("i16", torch.int16), ("i32", torch.int32), ("u8", torch.uint8)):
            sd[name] = torch.tensor([1, 2, 100]).to(dtype)
        sd["large"] = torch.randn(333, 777).t()
        sd._metadata = {"": {"version": 2}}
        types = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
                 torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}
        digest = hashlib.sha256()
        for name in sorted(sd):
            t = sd[name].detach().contiguous()
            digest.update(f"{name}\0{types[t.dtype]}\0{','.join(map(str, t.shape))}\0".encode())
            raw = t.view(torch.int16) if t.dtype == torch.bfloat16 else t
            digest.update(raw.numpy().tobytes())
        print(digest.hexdigest())
        class Evil:
            def __reduce__(self):
                return (os.system, ("touch " + sys.argv[1] + "/proof",))
        contents = {"plain": sd, "wrapped": {"epoch": 3, "state_dict": sd, "optimizer": {"lr": 0.1, "params": [1, 2]}, "seed": 2**70}, "evil": {"w": torch.ones(3), "x": Evil()}}
        for name, content in contents.items():
            for form in ("zip", "legacy"):
                torch.save(content, f"{sys.argv[1]}/{name}.{form}", _use_new_zipfile_serialization=form == "zip")
        torch.jit.trace(torch.nn.Linear(2, 3), torch.ones(1, 2)).save(sys.argv[1] + "/script.pt")
        """;

    [Fact]
    public void Every_tensor_has_PyTorchs_bytes_and_a_command_is_refused_and_not_run()
    {
        PyTorch.SkipWhereMissing();
        using var folder = new TemporaryFolder();
        string digest = PyTorch.Run(Script, folder.FullPath).Trim();
        foreach (string form in (string[])["zip", "legacy"])
        {
            foreach (bool isWrapped in (bool[])[false, true])
            {
                using WeightFile file = WeightFile.Open(folder[$"{(isWrapped ? "wrapped" : "plain")}.{form}"]);
                Assert.Equal((18, digest), (file.Entries.Count, file.Digest()));
                Assert.Equal(isWrapped ? "state_dict" : null, file.Wrapper);
                Assert.Equal(isWrapped ? ["epoch", "optimizer", "seed"] : [], file.Others);
                Assert.Equal(("BF16", 4L), (file.Find("bf16")!.Type, file.Find("bf16")!.Elements));
            }

            Problem problem = Assert.Single(Assert.Throws<RequestException>(() => WeightFile.Open(folder[$"evil.{form}"])).Problems);
            Assert.EndsWith(".system", problem.Received, StringComparison.Ordinal);
            Assert.False(File.Exists(folder["proof"]));
        }

        Assert.Contains("TorchScript", Assert.Throws<RequestException>(() => WeightFile.Open(folder["script.pt"])).Message, StringComparison.Ordinal);
    }
}
