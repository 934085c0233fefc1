using Regimen.Bench.Measuring;
using Regimen.Bench.Sections;
using Regimen.Bench.Workers;

// Compares Regimen with other implementations in alternating pairs of processes. The result is the ratio of times.
//     dotnet run -c Release --project bench/Regimen.Bench -- [peers|loader|images|stream|tables|step|products|layers|models|gpt|checkpoint|start|serving|dashboard|memory|scale|runs|tracking|search] [--pairs N] [--json]

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
