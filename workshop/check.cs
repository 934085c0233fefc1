#:project exercises/Exercises.csproj
// Checks the exercises in workshop/exercises.
//     dotnet run workshop/check.cs 04               check those of step 04
//     dotnet run workshop/check.cs 04 --hint        the same, with all hints
//     dotnet run workshop/check.cs 04 --solution    print the solutions, and check them
//     dotnet run workshop/check.cs all              check all steps
using System.Runtime.CompilerServices;
using Workshop;
using Workshop.Checks;

string[] steps = [.. Catalog.All.Select(e => e.Step).Distinct()];
string[] chosen = args is ["all", ..] ? steps : [.. steps.Where(s => args.Length > 0 && s == args[0])];
if (chosen.Length == 0 || args.Length > 2 || (args.Length == 2 && args[1] is not ("--hint" or "--solution")))
{
    Console.Error.WriteLine($"error: Unknown arguments {string.Join(' ', args)}\n  expected one of {string.Join(", ", steps)}, all; then nothing, --hint or --solution");
    return 2;
}

bool isSolution = args is [_, "--solution"];
int wrong = 0;
foreach (Exercise exercise in Catalog.All.Where(e => chosen.Contains(e.Step)))
{
    string? problem = exercise.Check(isSolution);
    Console.WriteLine($"{(problem is null ? "✓" : "✗")} {exercise.Step}.{exercise.Number} {exercise.Task}");
    if (problem is null)
    {
        continue;
    }

    wrong++;
    Console.WriteLine($"      {problem}");
    foreach (string hint in args is [_, "--hint"] ? exercise.Hints : exercise.Hints.Take(1))
    {
        Console.WriteLine($"      Hint: {hint}");
    }
}

string folder = Path.GetDirectoryName(Source())!;
if (isSolution)
{
    foreach (string step in chosen)
    {
        Console.WriteLine($"\n{File.ReadAllText(Path.Combine(folder, "solutions", $"{step}.cs"))}");
    }
}
else if (wrong > 0)
{
    Console.WriteLine($"\n{wrong} to do. Write your code in workshop/exercises/{(chosen.Length == 1 ? chosen[0] : "NN")}.cs; --hint shows more hints, --solution the solutions.");
}

return wrong == 0 ? 0 : 1;

static string Source([CallerFilePath] string path = "") => path;
