using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Regimen.Tests.TestKit;

/// <summary>Runs scripts in PyTorch, if this machine has it, to check Regimen's files.</summary>
internal static class PyTorch
{
    /// <summary>A script that reads <c>weights</c>, a dictionary of tensors, from a safetensors file (the first argument), using only the
    /// format's description and PyTorch.</summary>
    public const string ReadSafetensors =
        """
        import json, struct, sys, torch
        types = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
                 "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool}
        raw = bytearray(open(sys.argv[1], "rb").read())
        length, = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8:8 + length])
        metadata = header.pop("__metadata__", {})
        weights = {}
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(raw, dtype=torch.uint8, count=end - start, offset=8 + length + start) if end > start else torch.zeros(0, dtype=torch.uint8)
            weights[name] = flat.view(types[entry["dtype"]]).reshape(entry["shape"])

        """;

    /// <summary>The function <c>save(path, tensors)</c>, which writes a safetensors file of float32 and int64 tensors, using only the format's
    /// description and PyTorch.</summary>
    public const string WriteSafetensors =
        """
        import json, struct, torch
        def save(path, tensors):
            header, data = {}, b""
            for name, tensor in tensors.items():
                values = tensor.detach().contiguous().numpy().tobytes()
                kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
                header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(values)]}
                data += values
            text = json.dumps(header).encode()
            text += b" " * (-len(text) % 8)
            open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)

        """;

    // The system's Python first: one of development tools that hides it rarely has PyTorch.
    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];
    private static readonly Lazy<(string? Python, string Why)> Found = new(Find);
    private static readonly Lazy<bool> HasTorchvision = new(()
        => Start(Found.Value.Python!, ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torchvision') is None)"]).Code == 0);


    /// <summary>Runs a script and returns its output.</summary>
    public static string Run(string script, params string[] arguments)
    {
        (int code, string output, string errors) = Start(Found.Value.Python!, ["-c", script, .. arguments]);
        Assert.True(code == 0, errors);
        return output;
    }

    /// <summary>Parses the output of a script as numbers separated by white space.</summary>
    public static double[] Numbers(string output)
        => [.. output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(n => double.Parse(n, CultureInfo.InvariantCulture))];

    /// <summary>Skips the test, with the reason, if PyTorch is missing.</summary>
    public static void SkipWhereMissing()
    {
        Assert.SkipWhen(Found.Value.Python is null, $"no Python here has PyTorch: {Found.Value.Why}");
    }

    /// <summary>Skips the test, with the reason, if PyTorch or another Python module is missing.</summary>
    public static void SkipWhereMissing(string module)
    {
        SkipWhereMissing();
        (int code, _, _) = Start(Found.Value.Python!, ["-c", $"import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('{module}') else 1)"]);
        Assert.SkipWhen(code != 0, $"the Python that has PyTorch has no module named {module}");
    }

    /// <summary>Skips the test, with the reason, if PyTorch or torchvision is missing.</summary>
    public static void SkipWhereTorchvisionIsMissing()
    {
        SkipWhereMissing();
        Assert.SkipUnless(HasTorchvision.Value, $"{Found.Value.Python} has no torchvision");
    }

    private static (string? Python, string Why) Find()
    {
        var reasons = new List<string>();
        foreach (string python in Pythons)
        {
            try
            {
                (int code, _, string errors) = Start(python, ["-c", "import importlib.util, sys; sys.exit(None if importlib.util.find_spec('torch') else 'no module named torch')"]);
                if (code == 0)
                {
                    return (python, string.Empty);
                }

                reasons.Add($"{python}: {errors.Trim().Split('\n')[^1]}");
            }
            catch (Win32Exception exception)
            {
                reasons.Add($"{python}: {exception.Message}");
            }
        }

        return (null, string.Join("; ", reasons));
    }

    private static (int Code, string Output, string Errors) Start(string python, string[] arguments)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };

        // PyTorch must not load the tests' libtorch in place of its own.
        process.StartInfo.Environment.Remove("LD_LIBRARY_PATH");
        process.Start();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
