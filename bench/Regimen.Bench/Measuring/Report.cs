using System.Text.Json.Nodes;
using Regimen.Engine;

namespace Regimen.Bench.Measuring;

/// <summary>Collects rows, and writes them immediately or as one JSON document.</summary>
internal sealed class Report(BenchArguments arguments)
{
    private readonly JsonArray _rows = [];
    private readonly JsonArray _skipped = [];
    private string _section = string.Empty;

    public BenchArguments Arguments => arguments;

    public void Begin(string section)
    {
        _section = section;
        if (!arguments.Json)
        {
            Console.WriteLine($"{section}: {"ours",98} {"theirs",11} {"",-8} {"ratio",6} [quartiles]   pairs, target");
        }
    }

    /// <summary>Whether a row is selected by the arguments.</summary>
    public bool Wants(string work, string against)
        => arguments.Only is not { } text || $"{work} {against}".Contains(text, StringComparison.OrdinalIgnoreCase);

    /// <summary>Compares two processes, or reports why it can't.</summary>
    public void Compare(string work, string unit, Peer ours, Peer other, double? target, int pairs)
    {
        if (!Wants(work, other.Name))
        {
            return;
        }

        using Side first = Side.Start(ours);
        using Side second = Side.Start(other);
        if (first.Refusal is { } refusal)
        {
            throw new InvalidOperationException($"{ours.Name} can't be measured: {refusal}");
        }

        if (second.Refusal is { } reason)
        {
            Skip(work, other.Name, reason);
            return;
        }

        Add(Comparison.Measure($"{work} {first.Note}", $"{other.Name} {second.Note}", unit, target, arguments.Pairs ?? pairs, first.Measure, second.Measure));
    }

    /// <summary>Compares with the number of threads that is fastest for the other side.</summary>
    public void CompareWithBetterThreads(string work, string unit, Peer ours, Func<int, Peer> other, double? target, int pairs)
    {
        if (Wants(work, other(1).Name))
        {
            Compare(work, unit, ours, ThreadChoice.Better(other), target, pairs);
        }
    }

    /// <summary>Compares with the number of threads that Regimen chooses.</summary>
    public void CompareWithFloor(string work, string unit, Peer ours, Func<int, Peer> floor, double? target, int pairs)
    {
        if (Wants(work, floor(1).Name))
        {
            using Side look = Side.Start(ours);
            Compare(work, unit, ours, floor(look.Note == "(1 thread)" ? 1 : Environment.ProcessorCount), target, pairs);
        }
    }

    public void Add(Comparison row)
    {
        JsonObject json = row.ToJson();
        json["section"] = _section;
        _rows.Add(json);
        if (!arguments.Json)
        {
            Console.WriteLine(row);
        }
    }

    public void Skip(string work, string against, string reason)
    {
        _skipped.Add(new JsonObject { ["section"] = _section, ["work"] = work, ["against"] = against, ["reason"] = reason });
        if (!arguments.Json)
        {
            Console.WriteLine($"{work,-36} {against,-44} skipped: {reason}");
        }
    }

    public void End()
    {
        if (arguments.Json)
        {
            Machine machine = Machine.Inspect();
            Console.WriteLine(new JsonObject
            {
                ["processor"] = machine.Processor,
                ["cores"] = machine.Cores,
                ["os"] = machine.OperatingSystem,
                ["libtorch"] = machine.LibTorchVersion,
                ["rows"] = _rows,
                ["skipped"] = _skipped,
            }.ToJsonString());
        }
    }
}
