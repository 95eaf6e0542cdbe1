/** The style of every page. No outside fonts or images; light, dark, narrow and paper are all meant. */
export const style = `
:root{color-scheme:light dark;--paper:#f6f7f5;--card:#fff;--ink:#17211f;--soft:#56635f;--line:#d9dfdb;--road:#0f766e;--road-soft:#cfe7e2;
--pass:#166534;--pass-bg:#dcfce7;--fail:#a11b1b;--fail-bg:#fee2e2;--wait:#854d0e;--wait-bg:#fef3c7;--error:#6b21a8;--error-bg:#f3e8ff;--code:#eef1ee;
--c0:#0f766e;--c1:#9a3412;--c2:#1d4ed8;--c3:#86198f;--c4:#4d7c0f;--c5:#b91c1c}
@media (prefers-color-scheme:dark){:root{--paper:#0f1413;--card:#171e1c;--ink:#e8eeeb;--soft:#9aaaa4;--line:#2c3733;--road:#2dd4bf;--road-soft:#134e48;
--pass:#86efac;--pass-bg:#12331f;--fail:#fca5a5;--fail-bg:#431616;--wait:#fcd34d;--wait-bg:#3b2a0a;--error:#d8b4fe;--error-bg:#331a4a;--code:#202a27;
--c0:#2dd4bf;--c1:#fdba74;--c2:#93c5fd;--c3:#f0abfc;--c4:#bef264;--c5:#fca5a5}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
a{color:inherit;text-decoration-color:var(--road);text-underline-offset:.2em}
a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--road);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:2}
header,main,footer{max-width:70rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
.brand{display:flex;align-items:center;gap:.55rem;color:var(--road);font-weight:650;letter-spacing:.01em;margin:0 0 1.6rem}
.brand svg{width:1.5rem;height:1.5rem}
h1{font-size:clamp(1.7rem,4.5vw,2.6rem);line-height:1.15;margin:0 0 .7rem;letter-spacing:-.02em;font-weight:700}
h2{font-size:1.3rem;line-height:1.3;margin:3rem 0 1rem;letter-spacing:-.01em}
h3{font-size:1.08rem;line-height:1.35;margin:0}
p{margin:.4rem 0}.lead{font-size:1.13rem;max-width:52rem;color:var(--ink)}
.soft{color:var(--soft)}.small{font-size:.875rem}
code,.mono{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
code.short{white-space:nowrap;overflow-wrap:normal}
code{background:var(--code);padding:.1em .38em;border-radius:5px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.digest{display:block;margin:1rem 0 0;padding:.6rem .85rem;background:var(--code);border-radius:9px;font-size:.84rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem 1.4rem;margin:0 0 1.1rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(14rem,100%),1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden;margin:1.7rem 0 0;padding:0}
.facts div{background:var(--card);padding:.9rem 1.1rem}.facts dt{font-size:.78rem;color:var(--soft)}.facts dd{margin:.1rem 0 0;font-weight:620;font-size:.95rem}
.badge{display:inline-flex;align-items:center;gap:.32em;font-size:.76rem;font-weight:700;letter-spacing:.03em;padding:.16em .6em;border-radius:99px;white-space:nowrap;overflow-wrap:normal}
.badge svg{width:.95em;height:.95em;flex:none}
.pass{color:var(--pass);background:var(--pass-bg)}.fail{color:var(--fail);background:var(--fail-bg)}.error{color:var(--error);background:var(--error-bg)}
.pending,.waived{color:var(--wait);background:var(--wait-bg)}.note{color:var(--soft);background:var(--code)}
.road{list-style:none;display:grid;grid-auto-flow:column;grid-auto-columns:minmax(9.6rem,1fr);margin:0;padding:.6rem 0 .3rem;overflow-x:auto}
.stop{position:relative;text-align:center;padding:4.3rem .45rem 0}
.stop::before{content:"";position:absolute;top:2.05rem;left:0;right:0;height:.3rem;background:var(--road)}
.stop:first-child::before{left:50%}.stop:last-child::before{right:50%}
.dot{position:absolute;top:.95rem;left:50%;width:2.5rem;height:2.5rem;margin-left:-1.25rem;border-radius:50%;display:grid;place-items:center;background:var(--card);border:.22rem solid var(--road);color:var(--road)}
.here .dot{background:var(--road);color:var(--card)}
.dot svg{width:1.2rem;height:1.2rem}
.gatehouse{position:absolute;top:0;left:0;transform:translateX(-50%);z-index:1}
.gatehouse .badge{box-shadow:0 0 0 .22rem var(--card)}
.stop h3 a{text-decoration:none}.stop h3 a:hover{text-decoration:underline}
.stop p{margin:.12rem 0;font-size:.84rem}
.hop-head{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:center;margin-bottom:.35rem}
.number{display:inline-grid;place-items:center;min-width:1.9rem;height:1.9rem;padding:0 .4rem;border-radius:99px;background:var(--road-soft);color:var(--ink);font-weight:700;font-size:.9rem}
.table{overflow-x:auto;margin:.9rem -.2rem 0}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;font-weight:620;padding:.2rem .5rem .5rem}
th{text-align:left;font-size:.78rem;color:var(--soft);font-weight:600;padding:.3rem .5rem;border-bottom:1px solid var(--line);white-space:nowrap;overflow-wrap:normal}
td{padding:.5rem;border-bottom:1px solid var(--line);vertical-align:top;min-width:5.5rem}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
tbody th{color:var(--ink);font-size:.92rem;vertical-align:top;padding:.5rem;white-space:normal;min-width:6rem}
.says{min-width:14rem}
tr:target td,tr:target th,.card:target{background:var(--road-soft)}
.more{display:grid;grid-template-columns:max-content 1fr;gap:.28rem 1rem;margin:1rem 0 0;padding-top:.9rem;border-top:1px solid var(--line);font-size:.88rem}
.more dt{color:var(--soft)}.more dd{margin:0;min-width:0}
.chip{display:inline-flex;align-items:center;gap:.42em;white-space:nowrap;overflow-wrap:normal;font-size:.86em}
.chip b{display:inline-grid;place-items:center;min-width:1.6em;height:1.6em;padding:0 .3em;border-radius:6px;color:var(--card);font-size:.85em}
.chip .mono{color:var(--soft)}
.c0 b{background:var(--c0)}.c1 b{background:var(--c1)}.c2 b{background:var(--c2)}.c3 b{background:var(--c3)}.c4 b{background:var(--c4)}.c5 b{background:var(--c5)}
.changed{background:var(--road-soft)}
.story{list-style:none;margin:0;padding:0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:1.1rem;align-items:start}.pair .card{margin:0}
.swap{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}
.swap svg{width:1.6rem;height:1.6rem;color:var(--road)}
pre{margin:.6rem 0 0;padding:.85rem 1rem;background:var(--code);border-radius:9px;white-space:pre-wrap;font-size:.86rem}
pre code.short{white-space:nowrap;overflow-wrap:normal}
code{background:none;padding:0;font-size:1em}
footer{padding-top:2.5rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
@media (max-width:56rem){
header,main,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.5rem}
.road{display:block;padding:0}
.stop{text-align:left;padding:0 0 1.5rem 3.7rem;min-height:3.6rem}
.stop::before,.stop:first-child::before,.stop:last-child::before{top:0;bottom:0;left:1.1rem;right:auto;width:.3rem;height:auto}
.stop:first-child::before{top:1rem}.stop:last-child::before{bottom:auto;height:1.2rem}
.stop:last-child{padding-bottom:.3rem}
.dot{top:0;left:0;margin:0}
.gatehouse{position:static;transform:none;margin:0 0 .3rem}.gatehouse .badge{box-shadow:none}
.card{padding:1rem}
.more{grid-template-columns:1fr;gap:0}.more dd{margin-bottom:.5rem}
.says{min-width:11rem}
}
@media (max-width:40rem){
.stack caption{display:block;padding:0 .2rem}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack,.stack tbody,.stack tr,.stack td,.stack th{display:block;min-width:0}
.stack tr{padding:.65rem 0;border-bottom:1px solid var(--line)}.stack tr:last-child{border-bottom:0}
.stack td,.stack tbody th{border:0;padding:.14rem .2rem}
.stack td:empty{display:none}
.stack td:not([data-label=""])::before{content:attr(data-label);display:block;font-size:.75rem;color:var(--soft)}
.stack td{padding-bottom:.3rem}
}
@media print{
:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb}
body{font-size:11pt}header,main,footer{max-width:none;padding:0}.skip{display:none}
.card{break-inside:avoid-page;border-radius:6px}h2{break-after:avoid}tr{break-inside:avoid}
.badge,.dot,.number,.chip b,.stop::before{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
`
