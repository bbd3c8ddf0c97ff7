/**
 * The page's style sheet. Series colours are Okabe and Ito's, distinguishable without red-green vision, darker on light
 * ground and lighter on dark; every series has a dash pattern too.
 */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fcfcfb; --raised: #f2f3f1; --ink: #191c1f; --quiet: #586069; --rule: #d7dad8; --accent: #0067a8;
  --s0: #0067a8; --s1: #b84a00; --s2: #00795a; --s3: #a4508b; --s4: #8a6a00; --s5: #3a3f45;
  --odd: #b6bcc0; --even: #d0d5d6; --thumb: 44px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181a; --raised: #1e2326; --ink: #e8eaeb; --quiet: #a0a9af; --rule: #343a3e; --accent: #62b5ec;
    --s0: #62b5ec; --s1: #f0894a; --s2: #3dbf98; --s3: #dd92c4; --s4: #d9b84a; --s5: #c3c9cd;
    --odd: #59626a; --even: #434b51;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 48px 32px 64px; max-width: 1144px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: 34px; line-height: 1.15; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 56px 0 16px; font-size: 22px; line-height: 1.25; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 16px; line-height: 1.3; }
h3.sample { margin-top: 30px; }
p { max-width: 70ch; margin: 8px 0; overflow-wrap: break-word; }
.subtitle { margin: 10px 0 0; color: var(--quiet); font-size: 18px; }
.quiet, .how, small { color: var(--quiet); }
dl { display: flex; flex-wrap: wrap; gap: 16px 44px; margin: 28px 0 0; padding-top: 18px; border-top: 1px solid var(--rule); }
dl > div { max-width: 300px; }
dt { color: var(--quiet); font-size: 14px; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }

.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; max-width: 860px; }
th, td { padding: 12px 28px 10px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
thead th { padding-top: 0; vertical-align: bottom; font-size: 14px; font-weight: 500; color: var(--quiet); }
thead td { border-bottom: 1px solid var(--rule); }
tbody th { width: 34%; font-weight: 500; }
tbody td { min-width: 108px; font-size: 20px; line-height: 1.3; }
small { display: block; font-size: 14px; font-weight: 400; }
.highlight th { font-weight: 700; }
.highlight th, .highlight td { background: var(--raised); }
.highlight th { padding-left: 14px; box-shadow: inset 4px 0 var(--accent); }
.strip { display: block; width: 100%; overflow: visible; margin-top: 4px; }
.strip line { stroke: var(--rule); stroke-width: 1.5; }
.strip circle { fill: var(--quiet); }
.highlight .strip circle { fill: var(--accent); }
tfoot td { padding-top: 4px; border: 0; }
.range { display: flex; justify-content: space-between; color: var(--quiet); font-size: 13px; }

.views { width: auto; max-width: none; margin-top: 18px; }
.views tr { break-inside: avoid; }
.views th, .views td, .views thead td { padding: 0 8px 8px 0; border: 0; vertical-align: middle; font-size: 14px; }
.views tbody td { min-width: 0; }
.views tbody th { width: auto; max-width: 150px; padding-right: 20px; color: var(--quiet); font-weight: 400; }
.views .original { padding-right: 24px; }
.views img { display: block; max-width: none; border-radius: 2px; }
.pixels { image-rendering: pixelated; }

.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 36px 40px; }
figure { margin: 0; max-width: 720px; break-inside: avoid; }
.curve > svg { display: block; width: 100%; height: auto; overflow: visible; margin-top: 10px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 4px 0 0; padding: 0; list-style: none; color: var(--quiet); font-size: 14px; }
.legend b { color: var(--ink); font-weight: 600; }
.key { width: 26px; height: 10px; margin-right: 7px; vertical-align: 1px; }
.grid { stroke: var(--rule); stroke-width: 0.8; }
.axis { stroke: var(--quiet); stroke-width: 1; }
.tick, .label, text.mark { fill: var(--quiet); font-size: 12.5px; }
line.mark { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 3; }
.line { fill: none; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.dot { stroke: none; }
.line.s0 { stroke: var(--s0); } .dot.s0 { fill: var(--s0); }
.line.s1 { stroke: var(--s1); stroke-dasharray: 7 4; } .dot.s1 { fill: var(--s1); }
.line.s2 { stroke: var(--s2); stroke-dasharray: 2 4; } .dot.s2 { fill: var(--s2); }
.line.s3 { stroke: var(--s3); stroke-dasharray: 10 4 2 4; } .dot.s3 { fill: var(--s3); }
.line.s4 { stroke: var(--s4); stroke-dasharray: 14 5; } .dot.s4 { fill: var(--s4); }
.line.s5 { stroke: var(--s5); stroke-dasharray: 4 4; } .dot.s5 { fill: var(--s5); }

.tree, .branch, .leaves { list-style: none; margin: 0; padding: 0; }
.tree { margin-top: 20px; border-top: 1px solid var(--rule); }
.tree > li { border-bottom: 1px solid var(--rule); }
.branch .branch, .leaves { margin: 0 0 14px 24px; }
.branch .branch > li { border-top: 1px solid var(--rule); }
.leaves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 292px), 1fr)); gap: 14px 24px; padding: 10px 0 6px; --thumb: 32px; }
.leaf { break-inside: avoid; }
summary { display: grid; grid-template-columns: 18px 1fr; column-gap: 6px; padding: 12px 0; cursor: pointer; list-style: none; break-inside: avoid; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; width: 8px; height: 8px; margin: 8px 0 0 3px; border: solid var(--quiet); border-width: 0 2px 2px 0; transform: rotate(-45deg); }
details[open] > summary::before { transform: rotate(45deg); margin-top: 6px; }
summary > * { grid-column: 2; }
summary:hover .name { text-decoration: underline; text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.facts { display: flex; flex-wrap: wrap; align-items: center; gap: 0 16px; color: var(--quiet); font-size: 14px; }
.facts .name { color: var(--ink); font-weight: 700; font-size: 16px; }
.name i { margin-right: 5px; font-style: normal; font-weight: 400; font-size: 14px; color: var(--quiet); }
.class { color: var(--ink); }
.classes { width: 110px; height: 9px; border-radius: 2px; }
.classes .first { fill: var(--accent); } .classes .odd { fill: var(--odd); } .classes .even { fill: var(--even); }
.leaf .classes { flex: 0 0 100%; max-width: 284px; height: 6px; margin-top: 4px; }
.images { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 6px; }
.images img { display: block; width: var(--thumb); height: var(--thumb); object-fit: contain; background: #000; border-radius: 2px; }
.images .other { outline: 2px dashed var(--s1); outline-offset: -1px; }

@media (max-width: 560px) {
  body { padding: 28px 16px 48px; }
  h1 { font-size: 27px; }
  h2 { margin-top: 44px; }
  dl { gap: 14px 32px; }
  th, td { padding-right: 14px; }
  tbody td { min-width: 88px; }
  .tick, .label, text.mark { font-size: 16px; }
  .branch .branch { margin-left: 12px; }
  :root { --thumb: 36px; }
}
@media print {
  :root {
    --ground: #fff; --raised: #f2f3f1; --ink: #000; --quiet: #484f55; --rule: #c8ccca; --accent: #0067a8;
    --s0: #0067a8; --s1: #b84a00; --s2: #00795a; --s3: #a4508b; --s4: #8a6a00; --s5: #3a3f45; --odd: #b6bcc0; --even: #d0d5d6;
  }
  body { padding: 0; max-width: none; font-size: 11pt; }
  .curves { grid-template-columns: 1fr 1fr; gap: 24px; }
  h2 { break-after: avoid; }
  .highlight th, .highlight td, .images img, .views img { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
