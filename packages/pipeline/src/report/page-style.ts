/** Pictures in a row by the width of the window, in CSS pixels, and how far the one in hand grows. */
const columns: readonly (readonly [from: number, count: number, zoom: number])[] = [
  [0, 2, 1.6],
  [480, 3, 2],
  [640, 4, 2],
  [800, 5, 2],
  [960, 6, 2],
  [1160, 8, 2.2],
  [1360, 10, 2.4],
  [1840, 12, 2.2],
  [2200, 16, 2.4],
  [2480, 20, 2.6],
]

/** The picture in hand grows upwards, and to the inner side in the first and last column. */
const columnRules = columns
  .map(([from, count, zoom], i) => {
    const next = columns[i + 1]
    const width = next ? `(min-width:${from}px) and (max-width:${next[0] - 0.02}px)` : `(min-width:${from}px)`
    return `@media ${width}{.sheet{--columns:${count};--zoom:${zoom}}.tile:nth-child(${count}n+1){--origin:0%}.tile:nth-child(${count}n){--origin:100%}}`
  })
  .join('\n')

/** A tile that is neither pointed at nor focused shows the first lines of its caption. */
const resting = '.tile:not(:hover,:focus-within)'

/** The page's style sheet. Charts take the colour-blind-safe palette of Okabe and Ito (2008), adjusted to each background. */
export const pageStyle: string = `
:root{color-scheme:light dark;--page:#fbfbfa;--text:#1b1d20;--muted:#5c6269;--line:#d9dbde;--link:#0a57a4;--mark:#a84300;
--soft:#b9bec5;--slab:#1d2024;--c1:#0072b2;--c2:#c84e00;--c3:#00805f;--c4:#a8487f;--c5:#8f6a00;--c6:#1b1d20}
@media (prefers-color-scheme:dark){:root{--page:#101215;--text:#d8dbdf;--muted:#979da6;--line:#2b2f35;--link:#7cb8ee;--mark:#f0a43c;
--soft:#545b65;--slab:var(--page);--c1:#56b4e9;--c2:#f08a3c;--c3:#27c093;--c4:#dd8fbb;--c5:#e6c93a;--c6:#d8dbdf}}
*{box-sizing:border-box}
html{scroll-padding-top:3.2rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere;overflow-x:clip}
header,main,nav{padding-inline:clamp(.75rem,1.7vw,2.5rem)}
h1,h2,h3,p,ul,ol,dl,figure,pre{margin:0;padding:0}
h1{font-size:1.5rem;line-height:1.2;font-weight:650;padding-top:1.1rem}
h2{font-size:1.1rem;font-weight:650}
h3{font-size:1rem;font-weight:600}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code,pre,kbd,.id{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}
kbd{font-size:.85em;border:1px solid var(--line);border-radius:3px;padding:0 .3em}
.note,.hint,.empty{color:var(--muted);max-width:72ch}
.hint{margin-top:.9rem;max-width:110ch}
.script-hint{display:none}
:has(#labels:not([hidden])) .script-hint{display:inline}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 1.8rem;padding:.8rem 0 1rem}
.facts dt{color:var(--muted);font-size:.8rem}
.facts dd{margin:0}
.provenance div{display:flex;gap:1rem;padding:.15rem 0}
.provenance dt{flex:none;width:8rem;color:var(--muted);font-size:.85rem}
.provenance dd{margin:0;overflow-wrap:anywhere}
nav{position:sticky;top:0;z-index:4;background:var(--page);border-block:1px solid var(--line)}
nav ul{display:flex;gap:1.4rem;list-style:none;overflow-x:auto;white-space:nowrap}
nav a{display:block;padding:.5rem 0;text-decoration:none}
nav a:hover{text-decoration:underline}
nav a:focus-visible{outline-offset:-2px}
main{padding-bottom:4rem}
section{padding-top:1.6rem}

.sheet{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));gap:6px;list-style:none;margin-top:.6rem;
background:var(--slab);box-shadow:0 0 0 6px var(--slab)}
.tile{--origin:50%;scroll-margin-block:15rem 7rem;position:relative;display:flex;flex-direction:column;background:#0a0b0d;color:#c9cdd2;font-size:12px;line-height:15px;border-radius:2px}
.tile:focus{outline:2px solid #7cb8ee;outline-offset:0;z-index:6}
.tile:target{outline:2px solid #f0a43c}
.tile a{color:#8fbde8}
.picture{aspect-ratio:1;background:#000;display:flex;align-items:center;justify-content:center;color:#868c95}
.picture img{display:block;width:100%;height:100%;object-fit:contain;pointer-events:none;transform-origin:var(--origin) 100%}
.flap{padding:4px 6px 5px;background:#0a0b0d}
.line{display:flex;gap:5px;align-items:baseline;line-height:16px;white-space:nowrap}
.rank{font-size:13px;color:#fff}
.rating{border:1px solid #f0b44c;color:#f0b44c;border-radius:2px;padding:0 4px;line-height:12px;font-weight:600}
.new .rating{background:#f0b44c;color:#101215}
.rating:empty{display:none}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.score{margin-left:auto}
.id{font-size:11px;color:#a2a8b0;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.sky{display:flex;flex-wrap:wrap;gap:0 8px;font-size:11px;line-height:14px}
.reasons{list-style:none;font-size:11px;line-height:14px}
.reasons li+li{margin-top:2px}
.figures{color:#a2a8b0}
.forest,.file{font-size:11px;color:#a2a8b0}
.rate{display:none;justify-content:space-between;padding:3px 3px 0}
.rate button{flex:1;min-height:26px;padding:0;border:0;border-radius:2px;background:none;color:#b4bac2;font:inherit;cursor:pointer}
.rate button:hover{background:#2b3038;color:#fff}
.rate button[aria-pressed=true]{background:#f0b44c;color:#101215}
:has(#labels:not([hidden])) .rate{display:flex}
@media screen{.tile:focus-within img{transform:scale(var(--zoom))}.tile:focus-within{z-index:6}}
@media screen{.tile:hover{z-index:5}
.tile:hover img{transform:scale(var(--zoom));transition:transform .1s .25s}}
@media screen and (min-width:480px){
.caption{position:relative;height:40px}
.with-sky .caption{height:54px}
.with-reasons .caption{height:68px}
.with-sky.with-reasons .caption{height:82px}
.tile:hover .flap,.tile:focus-within .flap{position:absolute;inset:0 0 auto;min-height:100%;box-shadow:0 0 0 1px #3d434b}
.tile:hover img,.tile:focus-within img{outline:1px solid #3d434b}
.tile:hover .id,.tile:focus-within .id{-webkit-line-clamp:8}
${resting} .flap{height:100%;overflow:hidden}
${resting} .id{-webkit-line-clamp:1}
${resting} .sky{height:14px;overflow:hidden}
${resting} :is(.forest,.file){display:none}
${resting} .reasons{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
${resting} .figures{display:none}
${resting} .reasons li{display:inline}
${resting} .reasons li+li::before{content:'; '}
.tile .rate{visibility:hidden;position:relative;z-index:1;height:28px;margin-top:-28px;padding:1px 2px;background:#000a}
.tile:hover .rate,.tile:focus-within .rate{visibility:visible}
.rate button{color:#fff}
}
${columnRules}

.charts{display:grid;grid-template-columns:repeat(var(--charts,1),minmax(0,1fr));gap:1.8rem 2.2rem;margin-top:.8rem}
@media (min-width:900px){.charts{--charts:2;max-width:1320px}}
@media (min-width:1900px){.charts{--charts:4;max-width:none}.charts.pairs{--charts:2;max-width:1320px}}
.chart{max-width:640px;min-width:0}
.chart>svg{display:block;width:100%;height:auto;margin-top:.4rem}
svg text{font-size:12.5px;fill:var(--muted)}
svg .label{fill:var(--text)}
.grid{stroke:var(--line);stroke-width:1;fill:none;opacity:.6}
.frame{stroke:var(--muted);stroke-width:1;fill:none}
.bars{fill:var(--soft)}
.bars.first{fill:var(--mark)}
.mark{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:4 3}
svg .mark-label{fill:var(--mark)}
.points{fill:none;stroke:var(--muted);stroke-width:5;stroke-linecap:round;opacity:.75}
.rings circle{fill:none;stroke:var(--mark);stroke-width:1.4;pointer-events:all}
.rings a:hover circle,.rings a:focus circle{fill:var(--mark)}
.dots{fill:none;stroke:var(--c1);stroke-width:6;stroke-linecap:round}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}
.band{opacity:.18}
.curve.c1{stroke:var(--c1)}.band.c1{fill:var(--c1)}
.curve.c2{stroke:var(--c2);stroke-dasharray:8 3}.band.c2{fill:var(--c2)}
.curve.c3{stroke:var(--c3);stroke-dasharray:3 2}.band.c3{fill:var(--c3)}
.curve.c4{stroke:var(--c4);stroke-dasharray:10 3 2 3}.band.c4{fill:var(--c4)}
.curve.c5{stroke:var(--c5);stroke-dasharray:14 4}.band.c5{fill:var(--c5)}
.curve.c6{stroke:var(--c6);stroke-dasharray:2 4}.band.c6{fill:var(--c6)}
.reference{fill:none;stroke:var(--muted);stroke-width:1.2}
.random{stroke-dasharray:2 3}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;list-style:none;font-size:.87rem;margin:.4rem 0 .8rem}
.legend svg{width:36px;height:10px;margin-right:.45em;vertical-align:middle}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.87rem}
th,td{overflow-wrap:normal;text-align:left;vertical-align:top;padding:.25rem 1.1rem .25rem 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{color:var(--muted);vertical-align:bottom}
.number{text-align:right}
tbody th,td.number{white-space:nowrap}
.rejected td{overflow-wrap:anywhere;min-width:6rem}
.rejected{margin-top:.6rem}
summary{cursor:pointer;margin-top:.5rem}
.glossary td{min-width:8rem}
.glossary tr:target{background:var(--line)}
.next{padding-left:1.4rem;margin-top:.5rem}
.next li{margin-bottom:.8rem}
pre{overflow-x:auto;padding:.45rem .7rem;margin-top:.3rem;border:1px solid var(--line);border-radius:3px;width:fit-content;max-width:100%;font-size:.87rem}

#labels:not([hidden]){display:flex;flex-wrap:wrap;align-items:center;gap:.4rem .9rem;position:sticky;bottom:0;z-index:7;padding:.4rem clamp(.75rem,1.7vw,2.5rem);
background:var(--page);border-top:1px solid var(--line)}
#labels button{font:inherit;padding:.25rem .8rem;border:1px solid var(--link);border-radius:3px;background:none;color:var(--link);cursor:pointer}
#labels button:disabled{color:var(--muted);border-color:var(--line);cursor:default}
#labels .lost{color:var(--mark)}
#labels .lost:empty{display:none}
#labels .quiet,#labels .quiet:disabled{border-color:transparent}

@media (max-width:520px){svg text{font-size:15px}body{font-size:14px}#labels{font-size:.9em}#labels button{padding-inline:.5rem}#labels a{display:none}}
@media print{
:root{color-scheme:light;--page:#fff;--text:#000;--muted:#444;--line:#bbb;--link:#000;--mark:#a84300;--soft:#aaa;--slab:#fff;
--c1:#0072b2;--c2:#c84e00;--c3:#00805f;--c4:#a8487f;--c5:#8f6a00;--c6:#000}
nav,#labels:not([hidden]),.hint,.sky,.file,:has(#labels:not([hidden])) .rate{display:none}
.sheet{grid-template-columns:repeat(8,minmax(0,1fr));gap:4px}
.tile,.flap{background:none;color:#000}
.tile,.chart,.next li,tr{break-inside:avoid}
.tile{font-size:7pt;line-height:1.2;outline:none}
.tile .id,.tile .reasons,.tile .forest{font-size:6.5pt;line-height:1.2}
.tile a,.rank,.id,.forest,.file,.rating{color:#000}
.tile .rating{background:none;border-color:#000}
.picture{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2,h3,figcaption{break-after:avoid}
.charts{--charts:2}
.charts.pairs{--charts:1}
.pairs svg{max-width:11cm}
.scroll{overflow:visible}
}
@media (forced-colors:active){.tile,.flap,.picture{forced-color-adjust:none}}
@media (prefers-reduced-motion:reduce){*{transition-duration:0s!important}}
`
