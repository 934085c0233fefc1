using Regimen.Bench.Measuring;
using Regimen.Bench.Sections;
using Regimen.Bench.Workers;

// Side by side with what others do, in alternating pairs of processes; the ratio counts, not the time.
//     dotnet run -c Release --project bench/Regimen.Bench -- [peers|loader|images|stream|step|layers|checkpoint|start|memory|scale] [--pairs N] [--json]

if (args is ["worker", var kind, .. var rest])
{
    return await Worker.RunAsync(kind, rest);
}

var report = new Report(BenchArguments.Parse(args, SectionList.All.Keys));
foreach (string name in report.Arguments.Sections)
{
    report.Begin(name);
    SectionList.All[name](report);
}

report.End();
return 0;
