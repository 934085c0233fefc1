using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests;

/// <summary>Dependencies point one way (docs/house.md): a room uses rooms below it only.</summary>
public sealed partial class HouseTests
{
    /// <summary>From the bottom up; rooms on one floor do not use each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Catalog (attributes)", "Reproducibility"],
        ["Engine", "Downloads"],
        ["Data", "Layers"],
        ["Imaging"],
        ["Optimization"],
        ["Transforms"],
        ["Models", "Datasets"],
        ["Evaluation"],
        ["Training"],
        ["Tracking"],
        ["Runs"],
        ["Catalog"],
        ["Configuration"],
        ["Experiments"],
        ["Verification"],
    ];

    [Fact]
    public void Every_room_uses_rooms_below_it_only()
    {
        string library = Path.Combine(Repository.Root, "src", "Regimen");
        var wrong = new List<string>();
        foreach (string file in Sources(library))
        {
            string room = RoomOf(Path.GetRelativePath(library, file));
            foreach (Match match in Using().Matches(File.ReadAllText(file)))
            {
                // The attributes are the one part of Catalog that lower rooms may use.
                string used = match.Groups[1].Value == "Catalog" && Floor(room) < Floor("Catalog") ? "Catalog (attributes)" : match.Groups[1].Value;
                if (room.Length > 0 && used != room && Floor(used) >= Floor(room))
                {
                    wrong.Add($"{room}/{Path.GetFileName(file)} uses {used}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_is_a_room_that_is_drawn()
    {
        string library = Path.Combine(Repository.Root, "src", "Regimen");
        IEnumerable<string> folders = Directory.EnumerateDirectories(library).Select(d => Path.GetFileName(d)!).Where(d => d is not ("bin" or "obj"));
        Assert.Equal(Floors.SelectMany(f => f).Where(r => r != "Catalog (attributes)").Order(), folders.Order());
    }

    [Fact]
    public void The_library_knows_no_screen_and_shows_no_yaml()
    {
        string library = Path.Combine(Repository.Root, "src", "Regimen");
        foreach (string file in Sources(library))
        {
            string text = File.ReadAllText(file);
            Assert.DoesNotContain("Spectre.Console", text, StringComparison.Ordinal);
            Assert.DoesNotContain("System.CommandLine", text, StringComparison.Ordinal);
            Assert.False(ConsoleCall().IsMatch(text), $"{file} writes to the console");
        }

        foreach (Type type in typeof(Problem).Assembly.GetExportedTypes())
        {
            Assert.DoesNotContain(
                type.GetMethods().SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)),
                t => t.Namespace?.StartsWith("YamlDotNet", StringComparison.Ordinal) == true);
        }
    }

    [Fact]
    public void No_source_of_randomness_but_the_one()
    {
        // Calls that draw from libtorch's generator by themselves. Layers draw too, in their constructors and in dropout: for these the
        // generator is set from (seed, purpose, epoch, step) right before.
        IEnumerable<string> drawing = Sources(Path.Combine(Repository.Root, "src"))
            .Where(file => Drawing().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetFileName(file));

        // Layers of our own: one draws a number a pass, the other its first values, as libtorch's own would.
        Assert.Equal(["Dropout.cs", "Linear.cs"], drawing.Order());
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<![\w.])(torch\.)?(rand|randn|randint|randperm|rand_like|randn_like|randint_like|bernoulli|multinomial|normal)\(|\.(uniform_|normal_|random_|bernoulli_|exponential_)\(")]
    private static partial Regex Drawing();

    private static string RoomOf(string relative)
    {
        string[] parts = relative.Split(Path.DirectorySeparatorChar);
        return parts.Length == 1 ? string.Empty : parts[0] == "Catalog" && parts[^1].Contains("Attribute", StringComparison.Ordinal) ? "Catalog (attributes)" : parts[0];
    }

    private static int Floor(string room)
    {
        int floor = Array.FindIndex(Floors, f => f.Contains(room));
        return floor >= 0 ? floor : throw new KeyNotFoundException($"The room '{room}' is not drawn: add it to Floors and to docs/house.md.");
    }

    [GeneratedRegex(@"^using (?:static )?Regimen\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"\bConsole\.(Write|Error|Out)")]
    private static partial Regex ConsoleCall();
}
