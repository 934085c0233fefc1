namespace Workshop;

/// <summary>The style sheet of a page: light, dark if the reader prefers it, one column on a phone.</summary>
internal static class PageStyle
{
    public const string Rules = """
        body{background:var(--chart-paper);color:var(--chart-ink);margin:0;padding:1rem 1.2rem 4rem;font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:54rem;margin:0 auto}
        nav{display:flex;flex-wrap:wrap;gap:.3rem .9rem;color:var(--chart-muted);font-variant-numeric:tabular-nums;padding-bottom:.5rem;border-bottom:1px solid var(--chart-grid)}
        a{color:var(--chart-1)}
        h1{font-size:1.8rem;line-height:1.25;margin:1.5rem 0 .6rem}
        h2{font-size:1.2rem;margin:2.2rem 0 .6rem}
        p,li{overflow-wrap:anywhere}
        code,pre{font-family:ui-monospace,"Cascadia Code","DejaVu Sans Mono",Consolas,monospace;font-size:.86rem}
        :not(pre)>code{background:color-mix(in srgb,var(--chart-grid) 60%,transparent);border-radius:.25rem;padding:.05rem .25rem}
        pre{margin:0;overflow-x:auto;line-height:1.5}
        .code,main>pre{border:1px solid var(--chart-grid);border-radius:.5rem;padding:.7rem .9rem;margin:1rem 0 0;overflow-x:auto;background:color-mix(in srgb,var(--chart-grid) 25%,transparent)}
        .code div,.code pre{background:none!important;color:inherit!important;margin:0}
        main>pre.output{border-left:3px solid var(--chart-1);border-radius:0 .5rem .5rem 0;margin:.4rem 0 1.2rem;background:none}
        figure{margin:.8rem 0 1.4rem}
        svg.chart{max-width:100%;height:auto}
        .pictures{display:flex;flex-wrap:wrap;gap:.6rem}
        .pictures figure{margin:0;text-align:center}
        .pictures img{width:4.5rem;height:4.5rem;object-fit:contain;image-rendering:pixelated;background:#000}
        figcaption{font-size:.8rem;color:var(--chart-muted)}
        .broken{border-left:3px solid var(--chart-bad);padding:.2rem .8rem}
        table{border-collapse:collapse;font-size:.95rem;display:block;overflow-x:auto}
        th,td{text-align:left;padding:.2rem 1rem .2rem 0;border-bottom:1px solid var(--chart-grid)}
        .keyword{color:#0b5cad}.string,.stringCSharpVerbatim{color:#a3341f}.comment,.xmlDocComment,.xmlDocTag{color:#4d7040}.className,.type{color:#227a8a}.number{color:#5a6b1f}
        @media (prefers-color-scheme:dark){.keyword{color:#7db7f5}.string,.stringCSharpVerbatim{color:#e0a08f}.comment,.xmlDocComment,.xmlDocTag{color:#93b884}.className,.type{color:#7fd0df}.number{color:#c3d089}}
        """;
}
