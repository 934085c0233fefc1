using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Regimen.Curves;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Answers with the curves of one series: <c>GET /api/curves</c>. The body is the length of a JSON document (int32), that document,
/// padded with spaces so that the numbers behind it are aligned to 8 bytes, the positions (float64), and the values of each line (float32). All
/// numbers are little-endian. Infinity marks a position at which a line has no point, NaN a value that is not finite.</summary>
internal sealed class CurveAnswer(RunsFolder folder, CurveStore store, SeedGroups groups, DashboardOptions options)
{
    /// <summary>The number of lines up to which the values before the smoothing are drawn behind them.</summary>
    private const int MostFaint = 12;

    public Task AnswerAsync(HttpContext context)
    {
        var view = CurveView.Of(Query.Of(context.Request));
        if (view.RunIds.Count > options.MostCurves)
        {
            throw new StatusException(StatusCodes.Status400BadRequest, new Problem("Too many runs") { Expected = $"at most {options.MostCurves}", Received = $"{view.RunIds.Count}" });
        }

        string[] folders = [.. view.RunIds.Select(folder.Run)];
        string state = string.Join('|', folders.Select(CurveStore.StateOf).Prepend(context.Request.QueryString.Value));
        string tag = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state)))[..24];
        return Tagged.AnswerAsync(context, tag, "application/octet-stream", () => Compose(view, folders));
    }

    private byte[] Compose(CurveView view, string[] folders)
    {
        string metric = view.Metrics is [var first, ..] ? first : CurveReader.StepLoss;
        var smooth = new Curve?[folders.Length];
        var faint = new Curve?[folders.Length];
        bool isFaint = view.Smoothing > 0 && folders.Length <= MostFaint && !view.BySeed;
        Parallel.For(0, folders.Length, i =>
        {
            RunCurves curves = store.Of(folders[i]);
            smooth[i] = curves.Find(metric, view.Smoothing);
            faint[i] = isFaint ? curves.Find(metric, 0) : null;
        });
        List<CurveLine> lines =
        [
            .. faint.Index().Where(f => f.Item is not null).Select(f => new CurveLine(f.Index, "faint", f.Item!)),
            .. view.BySeed
                ? groups.Lines(view, smooth)
                : smooth.Index().Where(s => s.Item is not null).Select(s => new CurveLine(s.Index, "line", s.Item!)),
        ];
        (double Left, double Right) all = Edges(lines.Select(l => l.Curve), view.Axis);
        (double left, double right) = (view.Left ?? all.Left, view.Right ?? all.Right);
        (left, right) = left < right ? (left, right) : all.Left < all.Right ? all : (all.Left - 1, all.Right + 1);
        var aligned = AlignedSeries.Of([.. lines.Select(l => l.Curve)], left, right, view.Pixels, view.Axis);
        store.Trim();
        var document = new JsonObject
        {
            ["metric"] = metric,
            ["positions"] = aligned.Positions.Length,
            ["from"] = all.Left,
            ["to"] = all.Right,
            ["lines"] = new JsonArray([.. lines.Select(l => new JsonObject { ["run"] = l.Run, ["kind"] = l.Kind, ["last"] = Last(l.Curve), ["points"] = l.Curve.Count })]),
        };
        return Pack(JsonSerializer.SerializeToUtf8Bytes(document), aligned);
    }

    private static double? Last(Curve curve) => curve.Count > 0 && double.IsFinite(curve.Values[^1]) ? curve.Values[^1] : null;

    private static (double Left, double Right) Edges(IEnumerable<Curve> curves, CurveAxis axis)
    {
        (double left, double right) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (Curve curve in curves)
        {
            int first = curve.First(0, i => !double.IsNaN(curve.PositionAt(i, axis)));
            if (first < curve.Count)
            {
                (left, right) = (Math.Min(left, curve.PositionAt(first, axis)), Math.Max(right, curve.PositionAt(curve.Count - 1, axis)));
            }
        }

        return left <= right ? (left, right) : (0, 1);
    }

    private static byte[] Pack(byte[] document, AlignedSeries aligned)
    {
        int head = (sizeof(int) + document.Length + 7) / 8 * 8;
        int count = aligned.Positions.Length;
        var body = new byte[checked(head + (sizeof(double) * count) + (sizeof(float) * count * aligned.Values.Length))];
        BinaryPrimitives.WriteInt32LittleEndian(body, head - sizeof(int));
        body.AsSpan(sizeof(int), head - sizeof(int)).Fill((byte)' ');
        document.CopyTo(body, sizeof(int));
        int at = head;
        Append(MemoryMarshal.AsBytes(aligned.Positions.AsSpan()), sizeof(double));
        foreach (float[] values in aligned.Values)
        {
            Append(MemoryMarshal.AsBytes(values.AsSpan()), sizeof(float));
        }

        return body;

        void Append(ReadOnlySpan<byte> numbers, int size)
        {
            Span<byte> target = body.AsSpan(at, numbers.Length);
            numbers.CopyTo(target);
            if (!BitConverter.IsLittleEndian)
            {
                for (int i = 0; i < target.Length; i += size)
                {
                    target.Slice(i, size).Reverse();
                }
            }

            at += numbers.Length;
        }
    }
}

/// <summary>A line of a drawing.</summary>
/// <param name="Run">The index of its run among those of the page; for a group, of the group's first run.</param>
/// <param name="Kind"><c>line</c>, <c>faint</c> (the values before the smoothing), or <c>mean</c>, <c>low</c> and <c>high</c> of a group.</param>
/// <param name="Curve">The values.</param>
internal sealed record CurveLine(int Run, string Kind, Curve Curve);
