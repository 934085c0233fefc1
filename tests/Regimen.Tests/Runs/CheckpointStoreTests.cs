using System.Text.Json.Nodes;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

public sealed class CheckpointStoreTests
{
    [Theory]
    [InlineData(7, 5250, false, "epoch-0007")]
    [InlineData(7, 4812, true, "epoch-0007-step-004812")]
    [InlineData(12345, 98765432, true, "epoch-12345-step-98765432")]
    public void A_name_contains_the_epoch_and_inside_an_epoch_the_step(int epoch, long step, bool inside, string name)
        => Assert.Equal(name, CheckpointStore.NameOf(new Progress(epoch, step), inside));

    [Fact]
    public void A_checkpoint_is_two_files_and_an_entry_in_the_index()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        CheckpointEntry entry = Save(store, 1, best: true);
        Assert.Equal(["epoch-0001", "index.json"], Names(store));
        Assert.Equal(["model.safetensors", "training.safetensors"], Directory.GetFiles(store.FolderOf(entry)).Select(Path.GetFileName).Order());

        JsonNode index = JsonNode.Parse(File.ReadAllText(IndexOf(folder)))!;
        Assert.Equal(["format_version", "best", "last", "checkpoints", "sha256"], index.AsObject().Select(p => p.Key));
        Assert.Equal((1, "epoch-0001", "epoch-0001"), ((int)index["format_version"]!, (string?)index["best"], (string?)index["last"]));
        JsonObject written = index["checkpoints"]![0]!.AsObject();
        Assert.Equal(["name", "epoch", "step", "weights_digest", "sha256"], written.Select(p => p.Key));
        SafetensorsFile model = store.Read(entry, CheckpointStore.ModelFile);
        Assert.Equal(WeightsDigest.Of(model), (string?)written["weights_digest"]);
        Assert.Equal("1", model.Metadata["model"]);
        Assert.Equal("1", store.Read(entry, CheckpointStore.TrainingFile).Metadata["epoch"]);
        foreach (string file in new[] { CheckpointStore.ModelFile, CheckpointStore.TrainingFile })
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(store.FolderOf(entry), file));
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), (string?)written["sha256"]![file]);
        }
    }

    [Theory]
    [InlineData(1, "epoch-0002 epoch-0005")]
    [InlineData(2, "epoch-0002 epoch-0004 epoch-0005")]
    [InlineData(9, "epoch-0001 epoch-0002 epoch-0003 epoch-0004 epoch-0005")]
    public void The_best_and_the_newest_checkpoints_are_kept(int keep, string expected)
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder, keep);
        for (int epoch = 1; epoch <= 5; epoch++)
        {
            Save(store, epoch, best: epoch <= 2);
        }

        Assert.Equal([.. expected.Split(' '), "index.json"], Names(store));
        Assert.Equal(expected.Split(' '), Store(folder).Index.Checkpoints.Select(c => c.Name));
        Assert.Equal("epoch-0002", Store(folder).Find("best").Name);
        Assert.Equal("epoch-0005", Store(folder).Find("last").Name);
    }

    [Fact]
    public void A_former_best_checkpoint_is_kept_like_any_other()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        Save(store, 1, best: true);
        Save(store, 2, best: false);
        Save(store, 3, best: true);
        Assert.Equal(["epoch-0002", "epoch-0003", "index.json"], Names(store));
        Save(store, 4, best: true);
        Assert.Equal(["epoch-0003", "epoch-0004", "index.json"], Names(store));
        Assert.Equal("epoch-0004", store.Index.Best);
    }

    [Fact]
    public void A_checkpoint_is_found_by_best_last_and_name()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        Assert.Contains("a run that has saved one", Assert.Throws<RequestException>(() => store.Find("best")).Message, StringComparison.Ordinal);
        Save(store, 1, best: false);
        Assert.Equal("epoch-0001", store.Find("best").Name);
        Save(store, 2, best: true);
        Save(store, 3, best: false);
        Assert.Equal(["epoch-0002", "epoch-0003", "epoch-0002"], new[] { "best", "last", "epoch-0002" }.Select(n => store.Find(n).Name));
        Assert.Equal("one of best, last, epoch-0002, epoch-0003", Assert.Throws<RequestException>(() => store.Find("epoch-0001")).Problems[0].Expected);
    }

    [Fact]
    public void Saving_the_same_step_again_replaces_the_checkpoint_and_keeps_it_the_best()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        string first = Save(store, 1, best: true).WeightsDigest;
        CheckpointEntry again = Save(store, 1, best: false, weight: 9);
        Assert.NotEqual(first, again.WeightsDigest);
        CheckpointIndex index = Store(folder).Index;
        Assert.Equal(["epoch-0001"], index.Checkpoints.Select(c => c.Name));
        Assert.Equal(("epoch-0001", "epoch-0001"), (index.Best, index.Last));
        Assert.Equal(again.WeightsDigest, WeightsDigest.Of(store.Read(again, CheckpointStore.ModelFile)));
    }

    [Fact]
    public void Any_changed_byte_of_either_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        CheckpointEntry entry = Save(store, 1, best: true);
        foreach (string file in entry.Sha256.Keys)
        {
            string path = Path.Combine(store.FolderOf(entry), file);
            byte[] bytes = File.ReadAllBytes(path);
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 1;
                File.WriteAllBytes(path, bytes);
                Assert.Equal(path, Assert.Throws<RequestException>(() => store.Read(entry, file)).Problems[0].Where);
                bytes[i] ^= 1;
            }

            File.WriteAllBytes(path, bytes);
            store.Read(entry, file);
            File.Delete(path);
            Assert.Equal(path, Assert.Throws<RequestException>(() => store.Read(entry, file)).Problems[0].Where);
        }
    }

    [Fact]
    public void A_whole_file_of_another_checkpoint_is_refused()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        CheckpointEntry one = Save(store, 1, best: true);
        CheckpointEntry two = Save(store, 2, best: false);
        File.Copy(Path.Combine(store.FolderOf(one), CheckpointStore.ModelFile), Path.Combine(store.FolderOf(two), CheckpointStore.ModelFile), overwrite: true);
        Problem problem = Assert.Throws<RequestException>(() => store.Read(two, CheckpointStore.ModelFile)).Problems[0];
        Assert.Equal($"SHA-256 {two.Sha256[CheckpointStore.ModelFile]}", problem.Expected);
        Assert.Equal(one.Sha256[CheckpointStore.ModelFile], problem.Received);
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("/outside")]
    [InlineData("other.safetensors")]
    public void An_index_that_names_other_files_is_refused_though_its_digest_is_right(string file)
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        CheckpointEntry entry = Save(store, 1, best: true);
        entry = entry with { Sha256 = new Dictionary<string, string>(entry.Sha256) { [file] = entry.Sha256[CheckpointStore.ModelFile] } };
        (store.Index with { Checkpoints = [entry] }).Write(IndexOf(folder));
        Assert.Contains($"'{file}' is not the name of a checkpoint's file", Assert.Throws<RequestException>(() => CheckpointIndex.Read(IndexOf(folder))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"format_version\": 1", "\"format_version\": 2", "another version")]
    [InlineData("\"format_version\": 1,", "", "another version")]
    [InlineData("\"name\": \"epoch-0001\"", "\"name\": \"../epoch-0001\"", "damaged")]
    [InlineData("\"name\": \"epoch-0001\"", "\"name\": \"\"", "damaged")]
    [InlineData("\"best\": \"epoch-0001\"", "\"best\": \"epoch-0002\"", "damaged")]
    [InlineData("\"last\": \"epoch-0001\"", "\"last\": \"epoch-0002\"", "damaged")]
    [InlineData("\"sha256\"", "\"sha\"", "damaged")]
    [InlineData("\"checkpoints\"", "\"checkpoint\"", "damaged")]
    [InlineData("{", "[", "damaged")]
    public void An_invalid_index_is_refused(string old, string changed, string reason)
    {
        using var folder = new TemporaryFolder();
        Save(Store(folder), 1, best: true);
        string index = File.ReadAllText(IndexOf(folder));
        Assert.Contains(old, index, StringComparison.Ordinal);
        File.WriteAllText(IndexOf(folder), index.Replace(old, changed, StringComparison.Ordinal));
        Problem problem = Assert.Throws<RequestException>(() => Store(folder)).Problems[0];
        Assert.Equal(IndexOf(folder), problem.Where);
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unfinished_checkpoints_are_ignored_and_removed_by_the_next_save()
    {
        using var folder = new TemporaryFolder();
        Save(Store(folder), 1, best: true);
        foreach (string name in new[] { ".unfinished-epoch-0002", ".unfinished-epoch-0002-step-000007" })
        {
            string leftover = Path.Combine(folder["checkpoints"], name);
            Directory.CreateDirectory(leftover);
            File.WriteAllBytes(Path.Combine(leftover, CheckpointStore.ModelFile), [1]);
        }

        CheckpointStore store = Store(folder);
        Assert.Equal("epoch-0001", store.Find("last").Name);
        Save(store, 2, best: false);
        Assert.Equal(["epoch-0001", "epoch-0002", "index.json"], Names(store));
    }

    [Fact]
    public void A_crash_between_the_rename_and_the_index_loses_no_checkpoint()
    {
        using var folder = new TemporaryFolder();
        Save(Store(folder), 1, best: true);
        byte[] index = File.ReadAllBytes(IndexOf(folder));
        Save(Store(folder), 2, best: true, weight: 5);
        File.WriteAllBytes(IndexOf(folder), index);

        CheckpointStore store = Store(folder);
        Assert.Equal("epoch-0001", store.Find("best").Name);
        CheckpointEntry again = Save(store, 2, best: true, weight: 7);
        Assert.Equal(again.WeightsDigest, WeightsDigest.Of(store.Read(store.Find("best"), CheckpointStore.ModelFile)));
    }

    [Fact]
    public void A_full_disk_keeps_the_previous_checkpoint_and_the_file_is_named()
    {
        using var disk = TinyDisk.Mount();
        var store = new CheckpointStore(disk["checkpoints"]);
        CheckpointEntry one = Save(store, 1, best: true);
        disk.Fill();
        Problem problem = Assert.Throws<WorkFailedException>(() => Save(store, 2, best: true, elements: 50_000)).Problem;
        Assert.StartsWith(disk["checkpoints"], problem.Where, StringComparison.Ordinal);
        Assert.Contains("Free space", problem.Hint, StringComparison.Ordinal);
        Assert.Equal(["epoch-0001", "index.json"], Names(store));

        CheckpointStore after = new(disk["checkpoints"]);
        Assert.Equal(one.Name, after.Find("best").Name);
        Assert.Equal(one.WeightsDigest, WeightsDigest.Of(after.Read(after.Find("last"), CheckpointStore.ModelFile)));
        disk.Empty();
        Assert.Equal("epoch-0002", Save(store, 2, best: true, elements: 50_000).Name);
    }

    [Fact]
    public void A_former_checkpoint_that_cannot_be_removed_is_reported_and_removed_later()
    {
        using var folder = new TemporaryFolder();
        var warnings = new List<string>();
        CheckpointStore store = Store(folder);
        store.Warn = warnings.Add;
        Save(store, 1, best: false);
        using (TinyDisk.MountAt(store.FolderOf(store.Index.Checkpoints[0])))
        {
            Save(store, 2, best: false);
            Save(store, 3, best: false);
            Assert.Equal("epoch-0003", Store(folder).Find("last").Name);
            Assert.Contains("epoch-0001: ", Assert.Single(warnings), StringComparison.Ordinal);
            Assert.Equal(["epoch-0001", "epoch-0003", "index.json"], Names(store));
        }

        // Another process removes it too.
        CheckpointStore later = Store(folder);
        Save(later, 4, best: false);
        Assert.Equal(["epoch-0004", "index.json"], Names(later));
    }

    [Fact]
    public void Former_checkpoints_left_by_a_crash_are_removed_by_the_next_save()
    {
        using var folder = new TemporaryFolder();
        CheckpointStore store = Store(folder);
        Save(store, 1, best: false);
        string old = store.FolderOf(store.Index.Checkpoints[0]);
        Save(store, 2, best: false);
        Directory.CreateDirectory(old);
        Directory.CreateDirectory(Path.Combine(folder["checkpoints"], "epoch-0009"));
        Save(Store(folder), 3, best: false);

        // A folder that no index ever listed belongs to the user.
        Assert.Equal(["epoch-0003", "epoch-0009", "index.json"], Names(Store(folder)));
    }

    [Fact]
    public void A_duplicate_key_in_the_index_is_refused()
    {
        using var folder = new TemporaryFolder();
        Save(Store(folder), 1, best: true);
        File.WriteAllText(IndexOf(folder), File.ReadAllText(IndexOf(folder)).Replace("\"last\"", "\"best\": null, \"last\"", StringComparison.Ordinal));
        Assert.Contains("damaged", Assert.Throws<RequestException>(() => Store(folder)).Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_removed_run_folder_is_not_created_again()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(Path.Combine(folder["run"], "checkpoints"));
        Assert.Throws<WorkFailedException>(() => Save(store, 1, best: true));
        Assert.False(Directory.Exists(folder["run"]));
    }

    private static CheckpointStore Store(TemporaryFolder folder, int keep = 1) => new(folder["checkpoints"], keep);

    private static string IndexOf(TemporaryFolder folder) => Path.Combine(folder["checkpoints"], "index.json");

    private static string[] Names(CheckpointStore store)
        => [.. Directory.GetFileSystemEntries(Path.GetDirectoryName(store.FolderOf(store.Index.Checkpoints[0]))!).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    private static CheckpointEntry Save(CheckpointStore store, int epoch, bool best, float weight = 1, int elements = 2)
    {
        using DisposeScope scope = NewDisposeScope();
        using var content = new CheckpointContent(
            [new("w", full([elements], weight * epoch))],
            new Dictionary<string, string> { ["model"] = $"{epoch}" },
            [new("exp_avg.w", zeros(elements))],
            new Dictionary<string, string> { ["epoch"] = $"{epoch}" });
        return store.Save(new Progress(epoch, epoch * 10), insideEpoch: false, best, content);
    }
}
