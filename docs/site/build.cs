// Builds the documentation as a site that works from a folder, without a network: the documents, the API from the doc comments, and the
// workshop's pages where they have been written.
//     dotnet run docs/site/build.cs                      builds the program, then the site: artifacts/site/index.html
//     dotnet run docs/site/build.cs -- ASSEMBLIES OUTPUT takes assemblies that are built already
// docfx reads only below its own folder, so the sources are copied to OUTPUT-source first. There, links to source files become links to
// pages with the source.
#:property TargetFramework=net10.0
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

string root = Directory.GetCurrentDirectory();
if (!File.Exists(Path.Combine(root, "Regimen.slnx")))
{
    Console.Error.WriteLine("error: The working directory is not the root of the repository. Run: dotnet run docs/site/build.cs");
    return 2;
}

string site = Path.GetFullPath(args.Length > 1 ? args[1] : Path.Combine(root, "artifacts", "site"));
var source = new SiteSource(root, site + "-source");
string assemblies = args.Length > 0 ? args[0] : Path.Combine(root, "src", "Regimen.Cli", "bin", "Release", "net10.0");
if (args.Length == 0 && Run("build", "src/Regimen.Cli", "-c", "Release", "-v", "q", "--nologo") is not 0 and var failed)
{
    return failed;
}

source.Write(assemblies);
if (Run("tool", "restore") is not 0 and var restored)
{
    return restored;
}

// The API's pages may be written with warnings (a parameter that is documented here and inherited); the site with its links may not.
string config = Path.Combine(source.Folder, "docfx.json");
if (Run("docfx", "metadata", config, "--logLevel", "error") is not 0 and var read)
{
    return read;
}

if (Run("docfx", "build", config, "--logLevel", "warning", "--warningsAsErrors") is not 0 and var built)
{
    return built;
}

if (Directory.Exists(site))
{
    Directory.Delete(site, recursive: true);
}

Directory.Move(Path.Combine(source.Folder, "_site"), site);

IReadOnlyList<string> broken = SiteLinks.FindBroken(site);
foreach (string link in broken)
{
    Console.Error.WriteLine($"error: {link}");
}

Console.WriteLine($"{Directory.EnumerateFiles(site, "*.html", SearchOption.AllDirectories).Count()} pages, {broken.Count} broken links: {Path.Combine(site, "index.html")}");
return broken.Count == 0 ? 0 : 1;

int Run(params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
    process.WaitForExit();
    return process.ExitCode;
}

/// <summary>The folder that docfx reads.</summary>
internal sealed partial class SiteSource(string root, string folder)
{
    private static readonly string[] Shown = [".cs", ".csproj", ".yaml", ".json", ".props", ".targets", ".slnx", ".txt"];
    private readonly HashSet<string> _pages = [];

    public string Folder => folder;

    /// <summary>Writes the folder anew.</summary>
    public void Write(string assemblies)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        CopyAll(Path.Combine(root, "docs", "site", "template"), "template", "*");
        Copy(Path.Combine(root, "docs", "site", "docfx.json"), "docfx.json");
        Copy(Path.Combine(root, "docs", "site", "toc.yml"), "toc.yml");
        Copy(Path.Combine(root, "docs", "site", "docs-toc.yml"), "docs/toc.yml");
        foreach (string file in Directory.EnumerateFiles(assemblies, "*.dll").Concat(Directory.EnumerateFiles(assemblies, "Regimen*.xml")))
        {
            Copy(file, $"assemblies/{Path.GetFileName(file)}");
        }

        CopyAll(Path.Combine(root, "docs"), "docs", "*.png");
        WriteWorkshop();
        foreach (string document in Documents())
        {
            WriteDocument(document);
        }

        // Each folder has a table of contents: in folders without one, docfx 2.81 writes wrong links into the head of the page.
        IEnumerable<IGrouping<string, string>> folders = _pages.Select(p => p["code/".Length..]).Order(StringComparer.Ordinal).GroupBy(p => string.Join('/', p.Split('/').SkipLast(1).Take(2)));
        Put("code/toc.yml", string.Concat(folders.Select(f => $"- name: {f.Key}\n  items:\n{string.Concat(f.Select(p => $"  - name: {Path.GetFileNameWithoutExtension(p)}\n    href: {p}\n"))}")));
        PutContents("data", Documents().Where(d => d.StartsWith("data/", StringComparison.Ordinal)).Select(d => (d["data/".Length..], d["data/".Length..])));
    }

    private IEnumerable<string> Documents() => Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(root, "*.md"))
        .Concat(Directory.EnumerateFiles(Path.Combine(root, "bench"), "*.md"))
        .Concat(Directory.EnumerateFiles(Path.Combine(root, "data"), "*.md", SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'));

    /// <summary>Copies a document, with README.md as the first page, and with links that stay inside of the site.</summary>
    private void WriteDocument(string document)
    {
        Put(document == "README.md" ? "index.md" : document, WithLinks(document));
    }

    private string WithLinks(string document)
        => Link().Replace(File.ReadAllText(Path.Combine(root, document)), link => $"]({Target(document, link.Groups["target"].Value)})");

    private string Target(string document, string target)
    {
        if (target.StartsWith('#') || target.Contains("://", StringComparison.Ordinal))
        {
            return target;
        }

        string[] parts = target.Split('#', 2);
        string anchor = parts.Length == 2 ? "#" + parts[1] : "";
        string path = Path.GetRelativePath(root, Path.GetFullPath(parts[0], Path.GetDirectoryName(Path.Combine(root, document))!)).Replace('\\', '/');
        bool isWorkshop = path is "workshop" or "workshop/README.md" || (path.StartsWith("workshop/out/", StringComparison.Ordinal) && !File.Exists(Path.Combine(root, path)));
        string to = path == "README.md" ? "index.md"
            : isWorkshop ? "workshop/index.md"
            : Directory.Exists(Path.Combine(root, path)) && File.Exists(Path.Combine(root, path, "README.md")) ? path + "/README.md"
            : path.EndsWith(".md", StringComparison.Ordinal) || path.EndsWith(".png", StringComparison.Ordinal) || path.StartsWith("workshop/out/", StringComparison.Ordinal) ? path
            : Path.Exists(Path.Combine(root, path)) ? CodePage(path)
            : path;
        return Path.GetRelativePath(Path.GetDirectoryName("/" + document)!, "/" + to).Replace('\\', '/') + anchor;
    }

    /// <summary>Writes a page with a source file, or with the files of a folder, and returns its path.</summary>
    private string CodePage(string path)
    {
        string page = $"code/{path}.md";
        string full = Path.Combine(root, path);
        if (!_pages.Add(page))
        {
            return page;
        }

        if (Directory.Exists(full))
        {
            IEnumerable<string> files = Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(full, f).Replace('\\', '/'))
                .Where(f => Shown.Contains(Path.GetExtension(f)) && !f.Split('/').Any(p => p is "bin" or "obj" or "runs" or "packages.lock.json"))
                .Order(StringComparer.Ordinal);
            Put(page, $"# {path}\n" + string.Concat(files.Select(f => $"- [{f}](/{CodePage($"{path}/{f}")})\n")).Replace("](/", "](~/", StringComparison.Ordinal));
        }
        else
        {
            string language = Path.GetExtension(path) switch { ".cs" => "csharp", ".yaml" => "yaml", ".json" => "json", ".csproj" or ".props" or ".targets" => "xml", _ => "text" };
            Put(page, $"# {path}\n````{language}\n{File.ReadAllText(full).TrimEnd()}\n````\n");
        }

        return page;
    }

    private void WriteWorkshop()
    {
        string workshop = Path.Combine(root, "workshop");
        string[] pages = Directory.Exists(Path.Combine(workshop, "out")) ? [.. Directory.EnumerateFiles(Path.Combine(workshop, "out"), "*.html").Order(StringComparer.Ordinal)] : [];
        string[] steps = Directory.Exists(workshop) ? [.. Directory.EnumerateFiles(workshop, "*.cs").Order(StringComparer.Ordinal)] : [];
        foreach (string page in pages)
        {
            // The pages lead to files of the repository; in the site, to their pages.
            string name = "workshop/out/" + Path.GetFileName(page);
            Put(name, Reference().Replace(File.ReadAllText(page), link => Regex.Replace($"href=\"{Target(name, link.Groups["target"].Value)}\"", @"\.md(?=[""#])", ".html")));
        }

        string text = "\n## Pages\nThe pages that the steps had written when this site was built:\n\n| page | program |\n|---|---|\n";
        foreach (string step in steps)
        {
            string name = Path.GetFileName(step);
            string? page = pages.FirstOrDefault(p => name.StartsWith(Path.GetFileNameWithoutExtension(p), StringComparison.Ordinal));
            string title = page is null ? "not written yet" : $"[{Title().Match(File.ReadAllText(page)).Groups["title"].Value}](out/{Path.GetFileName(page)})";
            text += $"| {title} | [{name}](../{CodePage($"workshop/{name}")}) |\n";
        }

        string readme = Path.Combine(workshop, "README.md");
        PutContents("workshop", pages.Where(p => !p.EndsWith("-broken.html", StringComparison.Ordinal)).Select(p => (Title().Match(File.ReadAllText(p)).Groups["title"].Value, "out/" + Path.GetFileName(p))).Prepend(("The workshop", "index.md")));
        Put("workshop/index.md", (File.Exists(readme) ? WithLinks("workshop/README.md") : "# Workshop\n") + text);
    }

    private void PutContents(string below, IEnumerable<(string Name, string Target)> pages)
        => Put($"{below}/toc.yml", string.Concat(pages.Select(p => $"- name: \"{p.Name.Replace("\"", "'", StringComparison.Ordinal)}\"\n  href: {p.Target}\n")));

    private void CopyAll(string from, string to, string pattern)
    {
        foreach (string file in Directory.Exists(from) ? Directory.EnumerateFiles(from, pattern, SearchOption.AllDirectories) : [])
        {
            Copy(file, $"{to}/{Path.GetRelativePath(from, file)}");
        }
    }

    private void Copy(string from, string to)
    {
        string path = Path.Combine(folder, to);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(from, path, overwrite: true);
    }

    private void Put(string to, string text)
    {
        string path = Path.Combine(folder, to);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("""href="(?<target>[^":]+)["]""")]
    private static partial Regex Reference();

    [GeneratedRegex("<title>(?<title>[^<]*)</title>")]
    private static partial Regex Title();
}

/// <summary>Checks the links of a site.</summary>
internal static partial class SiteLinks
{
    /// <summary>Returns each link to a file or an anchor that does not exist, and each file that a page loads from a network.</summary>
    public static IReadOnlyList<string> FindBroken(string site)
    {
        var broken = new List<string>();
        var anchors = Directory.EnumerateFiles(site, "*.html", SearchOption.AllDirectories).ToDictionary(f => f, f => Id().Matches(File.ReadAllText(f)).Select(m => WebUtility.HtmlDecode(m.Groups["id"].Value)).ToHashSet());
        foreach (string page in anchors.Keys)
        {
            string text = Code().Replace(File.ReadAllText(page), "");
            foreach (Match link in Link().Matches(text))
            {
                string target = WebUtility.HtmlDecode(link.Groups["target"].Value);
                bool isLoaded = link.Groups["attribute"].Value == "src" || link.Groups["tag"].Value == "link";
                if (target.Contains(':', StringComparison.Ordinal) || target.StartsWith("//", StringComparison.Ordinal))
                {
                    if (isLoaded && !target.StartsWith("data:", StringComparison.Ordinal))
                    {
                        broken.Add($"{Path.GetRelativePath(site, page)} loads {target}");
                    }

                    continue;
                }

                string[] parts = target.Split('#', 2);
                string file = parts[0].Length == 0 ? page : Path.GetFullPath(Uri.UnescapeDataString(parts[0].Split('?')[0]), Path.GetDirectoryName(page)!);
                bool exists = File.Exists(file) && (parts.Length == 1 || parts[1] is "" or "top" || !anchors.TryGetValue(file, out HashSet<string>? ids) || ids.Contains(Uri.UnescapeDataString(parts[1])));
                if (!exists)
                {
                    broken.Add($"{Path.GetRelativePath(site, page)}: {target}");
                }
            }
        }

        return broken;
    }

    [GeneratedRegex("""<(?<tag>\w+)\b[^>]*?\s(?<attribute>href|src)="(?<target>[^"]*)"[^>]*>""")]
    private static partial Regex Link();

    [GeneratedRegex("""\s(?:id|name)="(?<id>[^"]*)["]""")]
    private static partial Regex Id();

    [GeneratedRegex("<script>.*?</script>", RegexOptions.Singleline)]
    private static partial Regex Code();
}
