using System.Globalization;
using System.Text;
using Regimen.Bench.Measuring;
using Regimen.Reproducibility;

namespace Regimen.Bench.Sections;

/// <summary>A CSV file of a million rows and 20 columns (17 of numbers, 3 of texts): read, split and encoded by Regimen, against pandas' read_csv,
/// which only reads it. Each measurement has a process of its own.</summary>
internal static class TablesSection
{
    private const int Rows = 1_000_000;
    private const int Pairs = 7;

    public static void Run(Report report)
    {
        const string against = "pandas' read_csv";
        if (!report.Wants("time", against) && !report.Wants("memory", against))
        {
            return;
        }

        string path = Path.Combine(Path.GetTempPath(), $"regimen-bench-{Environment.ProcessId}.csv");
        try
        {
            Write(path);
            foreach ((string measure, string unit, double target) in ((string, string, double)[])[("time", "µs", 1.0), ("memory", "MB", 0.5)])
            {
                string work = $"1,000,000 × 20 csv, {measure}";
                using (Side probe = Side.Start(Peer.Python(against, "pandas_table.py", path, measure)))
                {
                    if (probe.Refusal is { } reason)
                    {
                        report.Skip(work, against, reason);
                        continue;
                    }
                }

                report.Add(Comparison.Measure(
                    work, against, unit, target, report.Arguments.Pairs ?? Pairs,
                    () => Once(Peer.Worker("Regimen", "table", $"path={path}", $"measure={measure}")), () => Once(Peer.Python(against, "pandas_table.py", path, measure))));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double Once(Peer peer)
    {
        using Side side = Side.Start(peer);
        return side.Measure();
    }

    private static void Write(string path)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 20);
        file.Write($"{string.Join(',', Enumerable.Range(0, 17).Select(i => $"x{i}"))},c,d,y\n");
        RandomStream random = RandomStream.For(1, RandomPurpose.Split);
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < 12; i++)
            {
                file.Write(((random.NextDouble() * 8) - 4).ToString("0.0000", CultureInfo.InvariantCulture));
                file.Write(',');
            }

            for (int i = 0; i < 5; i++)
            {
                file.Write(random.NextInt32(1000).ToString(CultureInfo.InvariantCulture));
                file.Write(',');
            }

            file.Write($"{"abcdef"[random.NextInt32(6)]},{(random.NextInt32(2) == 0 ? "north" : "south")},{(random.NextInt32(2) == 0 ? "yes" : "no")}\n");
        }
    }
}
