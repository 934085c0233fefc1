using System.Runtime.CompilerServices;
using Regimen.Charts;
using static TorchSharp.torch;

namespace Workshop;

/// <summary>A step of the workshop as a page: its text, its code, and what the code printed and drew. The page is written when the step
/// ends: <c>workshop/out/NN.html</c>.</summary>
public sealed class Page : IDisposable
{
    private readonly StepSource _source;
    private readonly TextWriter _terminal;
    private readonly OutputByLine _output;
    private bool _isWritten;

    private Page(StepSource source, bool isBroken)
    {
        (_source, IsBroken) = (source, isBroken);
        _terminal = Console.Out;
        _output = new OutputByLine(_terminal, source.Path);
    }

    /// <summary>Whether the step runs with <c>--break</c>: without the thing that it is about.</summary>
    public bool IsBroken { get; }

    /// <summary>The folder of the repository, which is the current folder of every step.</summary>
    public static string Root { get; private set; } = Environment.CurrentDirectory;

    /// <summary>Begins a step. From here on, everything printed is recorded for the page, relative paths begin at the repository's folder, and libtorch
    /// computes with one thread.</summary>
    /// <param name="args">The arguments of the step: nothing, or <c>--break</c>.</param>
    /// <param name="path">The step's file; the compiler fills it in.</param>
    public static Page Start(string[] args, [CallerFilePath] string path = "")
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is not ([] or ["--break"]))
        {
            Console.Error.WriteLine($"error: Unknown argument {string.Join(' ', args)}\n  expected nothing, or --break");
            Environment.Exit(2);
        }

        Root = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        Environment.CurrentDirectory = Root;

        // With one thread, results do not depend on the number of cores: step 08 shows why. These models are too small to gain from a second one.
        set_num_threads(1);
        var page = new Page(StepSource.Read(path), isBroken: args.Length == 1);
        Console.WriteLine($"{page._source.Number}  {page._source.Title}{(page.IsBroken ? ", broken" : "")}\n");
        if (!page.IsBroken && page._source.Section("Think first") is { Length: > 0 } question)
        {
            Console.WriteLine($"Think first: {question.ReplaceLineEndings(" ")}\n");
        }

        Console.SetOut(page._output);
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            page._output.WriteLine($"{e.ExceptionObject.GetType().Name}: {(e.ExceptionObject as Exception)?.Message}");
            page.Dispose();
        };
        return page;
    }

    /// <summary>Adds a line chart to the page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="x">The label of the horizontal axis.</param>
    /// <param name="y">The label of the vertical axis.</param>
    /// <param name="lines">A name, and the values at 1, 2, 3 …, for each line.</param>
    public void Chart(string title, string x, string y, params (string Name, IReadOnlyList<double> Values)[] lines)
        => Chart(title, x, y, [.. lines.Select(l => (l.Name, (IReadOnlyList<double>)[.. Enumerable.Range(1, l.Values.Count).Select(i => (double)i)], l.Values))]);

    /// <summary>Adds a line chart to the page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="x">The label of the horizontal axis.</param>
    /// <param name="y">The label of the vertical axis.</param>
    /// <param name="lines">A name, positions and values for each line.</param>
    public void Chart(string title, string x, string y, params (string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)[] lines)
        => _output.Add(new LineChart
        {
            Title = title,
            X = new ChartAxis { Label = x, IsTight = true },
            Y = new ChartAxis { Label = y },
            Series = [.. lines.Select(l => new LineSeries(l.Name, l.X, l.Y))],
        }.Svg());

    /// <summary>Adds grey pictures to the page, in a row.</summary>
    /// <param name="pictures">Pixels <c>[count, height, width]</c> or <c>[count, 1, height, width]</c>, of any type; the smallest value becomes black, the
    /// largest white.</param>
    /// <param name="captions">The text below each picture; null for none.</param>
    public void Pictures(Tensor pictures, IReadOnlyList<string>? captions = null) => _output.Add(PictureRow.Html(pictures, captions));

    /// <summary>Ends the step: writes the page and tells where it is.</summary>
    public void Dispose()
    {
        if (_isWritten)
        {
            return;
        }

        _isWritten = true;
        Console.SetOut(_terminal);
        string name = $"{_source.Number}{(IsBroken ? "-broken" : "")}.html";
        Directory.CreateDirectory(Path.Combine(Root, "workshop", "out"));
        File.WriteAllText(Path.Combine(Root, "workshop", "out", name), PageHtml.Write(_source, _output.Shown, IsBroken));
        CheckOutput();
        Console.WriteLine($"\nPage: workshop/out/{name}");
        if (!IsBroken)
        {
            Console.WriteLine($"Break it: dotnet run workshop/{Path.GetFileName(_source.Path)} -- --break   Exercises: dotnet run workshop/check.cs {_source.Number}");
        }
    }

    /// <summary>With WORKSHOP_CHECK=compare, a step fails if it printed something other than its source states; with WORKSHOP_CHECK=write, the
    /// statements are replaced by what it printed.</summary>
    private void CheckOutput()
    {
        switch (Environment.GetEnvironmentVariable("WORKSHOP_CHECK"))
        {
            case "compare":
                foreach (string difference in StatedOutput.Differences(_source, _output.Shown, IsBroken))
                {
                    Console.Error.WriteLine(difference);
                    Environment.ExitCode = 1;
                }

                break;
            case "write":
                StatedOutput.Replace(_source, _output.Shown, IsBroken);
                break;
            default:
                break;
        }
    }
}
