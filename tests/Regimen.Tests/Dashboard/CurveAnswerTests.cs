using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Regimen.Curves;
using Regimen.Dashboard;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Dashboard;

/// <summary>Tests the numbers that a page of curves receives.</summary>
public sealed class CurveAnswerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_have_the_values_of_the_files()
    {
        MadeRuns.Make(_folder, "a", loss: 0.5);
        MadeRuns.Make(_folder, "b", loss: 0.25);
        await using DashboardServer server = await Start();
        (JsonNode document, double[] positions, float[][] values) = Read(await Get(server, "run=a&run=b&metric=val.loss&x=epoch"));
        Assert.Equal([1, 2], positions);
        Assert.Equal([[1.5f, 0.5f], [1.25f, 0.25f]], values);
        Assert.Equal([0, 1], document["lines"]!.AsArray().Select(l => l!["run"]!.GetValue<int>()));
        double[] times = Read(await Get(server, "run=a&metric=val.loss&x=time")).Positions;
        Assert.Equal([4, 9], times);
        float[][] none = Read(await Get(server, "run=a&metric=none")).Values;
        Assert.Empty(none);
    }

    [Fact]
    public async Task Runs_of_one_config_become_mean_and_deviation()
    {
        MadeRuns.Make(_folder, "a", loss: 0.5, seed: 1);
        MadeRuns.Make(_folder, "b", loss: 0.25, seed: 2);
        MadeRuns.Make(_folder, "c", loss: 0.75, lr: 0.5, seed: 1);
        await using DashboardServer server = await Start();
        (JsonNode document, double[] positions, float[][] values) = Read(await Get(server, "run=a&run=b&run=c&metric=val.loss&group=seed"));
        Assert.Equal([7, 14], positions);
        Assert.Equal(["low", "high", "mean", "line"], document["lines"]!.AsArray().Select(l => l!["kind"]!.GetValue<string>()));
        float deviation = (float)(0.125 * Math.Sqrt(2));
        Assert.Equal([1.375f, 0.375f], values[2]);
        Assert.Equal(0.375f - deviation, values[0][1], 1e-6f);
        Assert.Equal(0.375f + deviation, values[1][1], 1e-6f);
        Assert.Equal([1.75f, 0.75f], values[3]);
    }

    [Fact]
    public async Task Only_new_points_are_sent_again()
    {
        string run = MadeRuns.Make(_folder, "a");
        await using DashboardServer server = await Start();
        using HttpResponseMessage first = await _client.GetAsync(Address(server, "run=a&metric=val.loss"), Cancelled);
        Assert.Equal(HttpStatusCode.NotModified, (await Get(server, "run=a&metric=val.loss", first.Headers.ETag)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Get(server, "run=a&metric=val.loss&smooth=0.5", first.Headers.ETag)).StatusCode);
        await File.AppendAllTextAsync(Path.Combine(run, "metrics.jsonl"), """{"epoch":3,"step":21,"split":"val","loss":0.125}""" + "\n", Cancelled);
        (JsonNode document, double[] positions, float[][] values) = Read(await Get(server, "run=a&metric=val.loss", first.Headers.ETag));
        Assert.Equal((21, 0.125f, 0.125), (positions[^1], values[0][^1], document["lines"]![0]!["last"]!.GetValue<double>()));
    }

    [Fact]
    public async Task A_visible_part_is_sent_in_its_own_resolution()
    {
        string run = MadeRuns.Make(_folder, "a");
        float[] losses = [.. Enumerable.Range(0, 100_003).Select(i => 1 + (float)Math.Sin(i))];
        losses[54_321] = 99;
        losses[54_323] = float.NaN;
        await File.WriteAllBytesAsync(Path.Combine(run, "steps.f32"), MemoryMarshal.AsBytes(losses.AsSpan()).ToArray(), Cancelled);
        await using DashboardServer server = await Start();
        (_, double[] all, float[][] rough) = Read(await Get(server, "run=a&metric=step.loss&width=317"));
        Assert.True(all.Length <= 4 * 317);
        Assert.Equal(99, rough[0].Where(float.IsFinite).Max());
        Assert.Contains(rough[0], float.IsNaN);
        (_, double[] part, float[][] fine) = Read(await Get(server, "run=a&metric=step.loss&width=317&from=54000&to=55000"));
        Assert.Equal(Enumerable.Range(53_999, 1003).Select(i => (double)i), part);
        Assert.Equal(losses[53_998..55_001], fine[0]);
        Assert.Equal(HttpStatusCode.OK, (await Get(server, "run=a&metric=step.loss&width=0&from=9&to=1&smooth=7&x=other")).StatusCode);
    }

    [Fact]
    public async Task More_runs_than_a_page_shows_are_refused()
    {
        for (int i = 0; i < 4; i++)
        {
            MadeRuns.Make(_folder, $"r{i}");
        }

        await using DashboardServer server = await DashboardServer.StartAsync(new() { Runs = _folder.FullPath, Port = 0, MostCurves = 3 }, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, (await Get(server, "run=r0&run=r1&run=r2&run=r3")).StatusCode);
    }

    [Fact]
    public void No_dip_and_no_spike_of_any_line_is_lost() => Gen.Select(Gen.Int[1, 400].Array[1, 5], Gen.Int[5, 60], Gen.Int[0, 1000], Gen.Double[0.01, 1]).Sample((counts, columns, seed, part) =>
    {
        RandomStream random = RandomStream.For((ulong)seed, RandomPurpose.Split);
        Curve[] curves = [.. counts.Select(n =>
        {
            double[] values = [.. Enumerable.Range(0, n).Select(_ => (double)(float)random.NextDouble())];
            long[] steps = [.. Enumerable.Range(0, n).Select(_ => 1 + (long)(1998 * random.NextDouble())).Order()];
            return new Curve("x", random.NextDouble() < 0.5 ? null : steps, values, RunClock.Unknown);
        })];
        (double from, double to) = (1, 1 + (2000 * part));
        var aligned = AlignedSeries.Of(curves, from, to, columns, CurveAxis.Step);
        Assert.True(aligned.Positions.Zip(aligned.Positions.Skip(1)).All(p => p.First <= p.Second));
        for (int c = 0; c < curves.Length; c++)
        {
            foreach (IGrouping<int, CurvePoint> column in curves[c].Points.Where(p => p.Step >= from && p.Step <= to).GroupBy(p => Column(p.Step)))
            {
                float[] sent = [.. aligned.Positions.Index().Where(p => p.Item >= from && p.Item <= to && Math.Abs(Column(p.Item) - column.Key) <= 1).Select(p => aligned.Values[c][p.Index]).Where(float.IsFinite)];
                Assert.Contains((float)column.Min(p => p.Value), sent);
                Assert.Contains((float)column.Max(p => p.Value), sent);
            }
        }

        int Column(double position) => Math.Min(columns - 1, (int)((position - from) / (to - from) * columns));
    });

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    private static Uri Address(DashboardServer server, string query) => new($"{server.Address}/api/curves?{query}");

    private static (JsonNode Document, double[] Positions, float[][] Values) Read(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using Stream stream = answer.Content.ReadAsStream(Cancelled);
        var body = new byte[answer.Content.Headers.ContentLength!.Value];
        stream.ReadExactly(body);
        int head = BinaryPrimitives.ReadInt32LittleEndian(body);
        JsonNode document = JsonNode.Parse(Encoding.UTF8.GetString(body, 4, head))!;
        int count = document["positions"]!.GetValue<int>();
        ReadOnlySpan<byte> numbers = body.AsSpan(4 + head);
        double[] positions = MemoryMarshal.Cast<byte, double>(numbers[..(8 * count)]).ToArray();
        float[] all = MemoryMarshal.Cast<byte, float>(numbers[(8 * count)..]).ToArray();
        return (document, positions, count == 0 ? [] : [.. all.Chunk(count)]);
    }

    private Task<DashboardServer> Start() => DashboardServer.StartAsync(new() { Runs = _folder.FullPath, Port = 0 }, Cancelled);

    private async Task<HttpResponseMessage> Get(DashboardServer server, string query, EntityTagHeaderValue? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(server, query));
        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(tag);
        }

        return await _client.SendAsync(request, Cancelled);
    }
}
