using System.Text;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Tests images that a metadata file lists, the layout of Hugging Face's imagefolder.</summary>
public sealed class MetadataFolderTests
{
    [Fact]
    public void The_same_images_in_both_layouts_give_the_same_run()
    {
        using var project = new ProjectFolder();
        foreach (string part in new[] { "train", "val", "test" })
        {
            for (int i = 0; i < 11; i++)
            {
                string name = i % 3 == 0 ? "boat" : "bird";
                byte[] png = ImageBytes.GreyPng(4, 3, [.. Enumerable.Range(0, 12).Select(k => (byte)((i * 19) + (k * (name == "boat" ? 1 : 17))))]);
                project.Folder.Write($"classes/{part}/{name}/{i:00}.png", png);
                project.Folder.Write($"csv/{part}/all/{i:00}.png", png);
                project.Folder.Write($"lines/{part}/all/{i:00}.png", png);
            }

            string[] names = [.. Enumerable.Range(0, 11).Reverse().Select(i => i % 3 == 0 ? $"{i:00}.png boat" : $"{i:00}.png bird")];
            project.Folder.Write($"csv/{part}/metadata.csv", Encoding.UTF8.GetBytes(string.Join("\r\n", names.Select(n => $"\"a, b\",all/{n[..6]},{n[7..]}").Prepend("text,file_name,kind"))));
            project.Folder.Write($"lines/{part}/metadata.jsonl", Encoding.UTF8.GetBytes(string.Join('\n', names.Select(n => $$"""{"kind": "{{n[7..]}}", "file_name": "all/{{n[..6]}}"}"""))));
        }

        string expected = Digest("classes");
        Assert.Equal(expected, Digest("csv", "data.label=kind"));
        Assert.Equal(expected, Digest("lines", "data.label=kind"));

        string Digest(string root, params string[] keys) => project.Do(
            ["train", "data=image_folder", $"data.root={project.Folder[root]}", "model=mlp", "trainer.epochs=2", "early_stopping=none", "loader.batch_size=4", "seed=3", "threads=1", "--json", .. keys])
            .Ends(0).Json["weights_digest"]!.ToString();
    }

    [Fact]
    public void Whole_numbers_are_in_their_own_order_and_a_folder_without_splits_is_split()
    {
        using var project = new ProjectFolder();
        for (int i = 0; i < 24; i++)
        {
            project.Folder.Write($"images/{i}.png", ImageBytes.GreyPng(2, 2, [(byte)i, 1, 2, (byte)(i * 3)]));
        }

        project.Folder.Write("images/metadata.csv", Encoding.UTF8.GetBytes("file_name,label\n" + string.Join('\n', Enumerable.Range(0, 24).Select(i => $"{i}.png,{(i % 3 == 0 ? 10 : i % 3 == 1 ? 9 : 100)}"))));
        CommandOutput inspected = project.Do("inspect", "data", "data=image_folder", $"data.root={project.Folder["images"]}", "data.label=label", "--json").Ends(0);
        Assert.Equal(["9", "10", "100"], inspected.Json["classes"]!.AsArray().Select(c => c!.ToString()));
    }

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "metadata.csv", "file_name,label\na.png,x\nb.png,y\nc.png,x", "not in the folder" },
        { "metadata.csv", "file_name,label\na.png,x", "not listed" },
        { "metadata.csv", "file_name,label\na.png,x\na.png,y\nb.png,y", "listed twice" },
        { "metadata.csv", "file_name,label\n../a.png,x\nb.png,y\na.png,x", "not in the folder" },
        { "metadata.csv", "file_name,kind\na.png,x\nb.png,y", "no column label" },
        { "metadata.csv", "name,label\na.png,x\nb.png,y", "no column file_name" },
        { "metadata.csv", "file_name,label\na.png,x,z\nb.png,y", "another number of fields" },
        { "metadata.csv", "file_name,label\na.png,\"x\"y\nb.png,y", "quote" },
        { "metadata.csv", "", "empty" },
        { "metadata.csv", "file_name,label\na.png,x\nb.png,x", "fewer than two classes" },
        { "metadata.jsonl", "{\"file_name\": \"a.png\", \"label\": 1}\n{\"file_name\": \"b.png\"}", "no value for label" },
        { "metadata.jsonl", "{\"file_name\": \"a.png\", \"label\": [1]}\n", "no value for label" },
        { "metadata.jsonl", "[1]", "not a JSON object" },
        { "metadata.jsonl", "{\"file_name\"", "not a JSON object" },
        { "metadata.jsonl", "", "empty" },
        { "other.txt", "", "no metadata file" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_metadata_is_refused_with_its_place(string name, string content, string message)
    {
        using var project = new ProjectFolder();
        project.Folder.Write("images/a.png", ImageBytes.GreyPng(2, 2, [1, 2, 3, 4]));
        project.Folder.Write("images/b.png", ImageBytes.GreyPng(2, 2, [4, 2, 3, 4]));
        project.Folder.Write($"images/{name}", Encoding.UTF8.GetBytes(content));
        CommandOutput output = project.Do("train", "data=image_folder", $"data.root={project.Folder["images"]}", "data.label=label").Ends(2);
        Assert.Contains(message, output.Error, StringComparison.Ordinal);
        Assert.Contains(project.Folder["images"], output.Error, StringComparison.Ordinal);
    }
}
