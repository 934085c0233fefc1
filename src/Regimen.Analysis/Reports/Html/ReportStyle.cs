using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>The style sheet of reports: light, dark if the reader prefers it, and always light on paper.</summary>
internal static class ReportStyle
{
    /// <summary>The rules of what stands inside a report's <c>article</c>; colours are those of the charts.</summary>
    public const string Article = """
        .report{max-width:64rem;margin:0 auto;color:var(--chart-ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        .report h1{font-size:1.6rem;line-height:1.25;margin:0 0 .2rem;overflow-wrap:anywhere}
        .report h2{font-size:1.15rem;margin:2.4rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--chart-grid)}
        .report h3{font-size:1rem;margin:1.4rem 0 .5rem}
        .report p{margin:.5rem 0}
        .report .muted,.report figcaption{color:var(--chart-muted)}
        .report figcaption{font-size:.85rem}
        .report figure{margin:0 0 1rem}
        .report .badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;border:1px solid currentColor;font-size:.85rem;font-weight:600;color:var(--chart-good)}
        .report .badge.bad{color:var(--chart-bad)}
        .report .tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:1.2rem 0}
        .report .tile{border:1px solid var(--chart-grid);border-radius:.5rem;padding:.5rem .9rem;min-width:7rem}
        .report .tile b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
        .report .tile span{color:var(--chart-muted);font-size:.85rem}
        .report table{border-collapse:collapse;font-size:.9rem}
        .report th,.report td{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--chart-grid)}
        .report th{font-weight:600}
        .report .facts th{color:var(--chart-muted);font-weight:400;white-space:nowrap}
        .report .facts td{overflow-wrap:anywhere}
        .report .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .report .scroll{overflow-x:auto;margin:.5rem 0 1rem}
        .report .beside{display:flex;flex-wrap:wrap;gap:0 3rem;align-items:flex-start}
        .report .beside>.scroll{max-width:100%}
        .report .beside figcaption{width:0;min-width:100%}
        .report .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1rem 2rem;align-items:start}
        .report .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1rem 1.5rem}
        .report .axis{margin:0 .3rem 0 0;accent-color:var(--chart-1)}
        .report .axis+label{margin-right:1rem}
        .report .axis-epoch:checked~.charts .by-step,.report .axis-step:checked~.charts .by-epoch{display:none}
        .report code,.report pre{font-family:ui-monospace,"Cascadia Code","DejaVu Sans Mono",Consolas,monospace;font-size:.9em}
        .report pre{background:var(--chart-grid);border-radius:.4rem;padding:.6rem .8rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
        .report .changed td,.report .changed th{font-weight:600;color:var(--chart-good)}
        .report .default{color:var(--chart-muted);font-weight:400}
        .report .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.8rem}
        .report .card{border:1px solid var(--chart-grid);border-radius:.5rem;padding:.6rem;font-size:.85rem;overflow-wrap:anywhere;break-inside:avoid}
        .report .card img{display:block;width:6rem;height:6rem;object-fit:contain;margin:0 auto .5rem;image-rendering:pixelated;background:#888}
        .report .wrong{color:var(--chart-bad);font-weight:600}
        .report .right{color:var(--chart-good);font-weight:600}
        .report .note{border-left:3px solid var(--chart-bad);padding:.2rem .8rem;margin:1rem 0}
        .report .window{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--chart-grid);border-radius:.5rem;padding:.6rem .8rem;font-family:ui-monospace,"DejaVu Sans Mono",Consolas,monospace;font-size:.82rem}
        .report .l1,.report .l2,.report .l3{border-bottom:2px solid var(--chart-bad);border-radius:2px}
        .report .l1{border-bottom-color:color-mix(in srgb,var(--chart-bad) 45%,transparent)}
        .report .l2{background:color-mix(in srgb,var(--chart-bad) 22%,transparent)}
        .report .l3{background:color-mix(in srgb,var(--chart-bad) 55%,transparent)}
        .report a{color:var(--chart-1)}

        """;

    private const string Page = """
        body{background:var(--chart-paper);margin:0;padding:2rem 1.2rem 4rem}
        @media print{
        @page{margin:14mm}
        body{padding:0}
        .report{max-width:none;font-size:9.5pt}
        .report h2{break-after:avoid;margin-top:1.4rem}
        .report h3,.report h2+p{break-after:avoid}
        .report .charts{grid-template-columns:1fr 1fr;gap:.4rem 1rem}
        .report .columns{grid-template-columns:repeat(3,1fr);gap:.4rem 1.2rem}
        .report .columns.two{grid-template-columns:1fr 1fr}
        .report .cards{grid-template-columns:repeat(6,1fr);gap:.4rem}
        .report .card{font-size:.75rem;padding:.35rem}
        .report .card img{width:4rem;height:4rem}
        .report .facts,.report .data{font-size:.82rem}
        .report th,.report td{padding:.12rem .6rem .12rem 0}
        .report .tile{padding:.3rem .6rem;min-width:5rem}
        .report .tile b{font-size:1.1rem}
        .report .beside svg{max-width:11cm}
        .report figure,.report .tile,.report tr,.report .window{break-inside:avoid}
        .report .axis,.report .axis+label{display:none}
        .report .scroll{overflow:visible}
        .report *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        }

        """;

    /// <summary>The style sheet of a page with a report.</summary>
    public static string Sheet { get; } = ChartTheme.StyleSheet + "\n" + (Article + Page).Replace("\r\n", "\n", StringComparison.Ordinal);
}
