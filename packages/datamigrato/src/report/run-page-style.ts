/** The style of a run's page: the only thing beside text that it has. */
export const runPageStyle = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #fff; --panel: #f6f8fa; --edge: #d1d9e0; --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; --first: #0969da; --second: #bf5af2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --panel: #151b23; --edge: #3d444d; --good: #3fb950; --bad: #f85149; --warn: #d29922; --first: #4493f8; --second: #d2a8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); }
header p { margin: 0; color: var(--soft); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .35rem; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--edge); }
h3 { font-size: .95rem; margin: 1.2rem 0 .4rem; }
code, .mono { font: .88em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--edge); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; margin: .5rem 0; }
.verdict { border-left: 5px solid var(--edge); background: var(--panel); border-radius: 6px; padding: .9rem 1.1rem; margin: 1.2rem 0; }
.verdict strong { font-size: 1.15rem; }
.verdict.good { border-color: var(--good); } .verdict.good strong { color: var(--good); }
.verdict.bad { border-color: var(--bad); } .verdict.bad strong { color: var(--bad); }
.verdict.warn { border-color: var(--warn); } .verdict.warn strong { color: var(--warn); }
.verdict p { margin: .25rem 0 0; color: var(--ink); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.tile { background: var(--panel); border: 1px solid var(--edge); border-radius: 6px; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .6rem; border-bottom: 1px solid var(--edge); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; } .whole { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); } .soft { color: var(--soft); }
.matrix { width: auto; font-size: .82rem; } .matrix th { white-space: normal; } .matrix th, .matrix td { padding: .25rem .45rem; border: 1px solid var(--edge); }
.matrix td.cell { text-align: center; font-variant-numeric: tabular-nums; white-space: nowrap; }
.matrix .exact { background: color-mix(in srgb, var(--good) 18%, transparent); }
.matrix .widened { background: color-mix(in srgb, var(--first) 20%, transparent); }
.matrix .lossy { background: color-mix(in srgb, var(--warn) 30%, transparent); }
.matrix .unsupported { background: color-mix(in srgb, var(--bad) 26%, transparent); }
.matrix tbody th { text-align: right; }
figure { margin: 1rem 0; }
figcaption { font-size: .9rem; color: var(--soft); margin-bottom: .3rem; }
svg { width: 100%; height: auto; display: block; }
.grid { stroke: var(--edge); stroke-width: 1; } .axis { fill: var(--soft); font-size: 11px; }
.line { fill: none; stroke-width: 1.75; } .line.first { stroke: var(--first); } .line.second { stroke: var(--second); }
.point.first { fill: var(--first); } .point.second { fill: var(--second); }
line.mark { stroke: var(--warn); stroke-dasharray: 3 3; stroke-width: 1.25; }
.key { margin-left: .9rem; } .key::before { content: ""; display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .35rem; vertical-align: -1px; background: var(--edge); }
.key.first::before { background: var(--first); } .key.second::before { background: var(--second); } .key.mark::before { background: var(--warn); }
.key.exact::before { background: var(--good); } .key.widened::before { background: var(--first); } .key.lossy::before { background: var(--warn); } .key.unsupported::before { background: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: .5rem 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } figure, tr, .tile { break-inside: avoid; } }
`;
