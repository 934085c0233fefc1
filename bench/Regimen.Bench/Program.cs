// Side by side with what a user would write by hand, in alternating pairs in one process; the ratio counts, not the time.
//     dotnet run -c Release --project bench/Regimen.Bench -- [peers|loader|stream] [--pairs N] [--json]
using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Bench;

int at = Array.IndexOf(args, "--pairs");
int pairs = at >= 0 ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 15;
string what = args.FirstOrDefault(a => !a.StartsWith('-') && a != (at >= 0 ? args[at + 1] : null)) ?? "peers";
IEnumerable<Comparison> comparisons = what switch
{
    "peers" => PeerBench.Run(pairs),
    "loader" => LoaderBench.Run(pairs),
    "stream" => StreamBench.Run(pairs),
    _ => throw new ArgumentException($"Expected peers, loader or stream; received {what}."),
};

var rows = new JsonArray();
foreach (Comparison comparison in comparisons)
{
    if (args.Contains("--json"))
    {
        rows.Add(comparison.ToJson());
    }
    else
    {
        Console.WriteLine(comparison);
    }
}

if (args.Contains("--json"))
{
    Console.WriteLine(rows.ToJsonString());
}
