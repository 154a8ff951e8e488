/** Colours as the console has them apart by day and by night; charts by a palette that also people with colour blindness tell apart (Okabe and Ito, 2008, adapted to both grounds). */
const LIGHT = `--ground:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#566273;--line:#dfe4ea;--warn:#8a4b00;--warn-ground:#fff4e0;--warn-line:#f0c98a;--low:#b26a00;--high:#b3261e;--fine:#2c7a4b;
--c0:#2a67ad;--c1:#e08a1e;--c2:#137a5b;--c3:#b04a80;--c4:#6a5fc4;--c5:#4fb0d8;--c6:#c9b21f;--c7:#a84a36;--c8:#98a2ae;--on:#fff;--under:#16202c`;
const DARK = `--ground:#10151c;--card:#171e27;--ink:#e8edf3;--soft:#a3afbd;--line:#2a3441;--warn:#ffcf8a;--warn-ground:#33260f;--warn-line:#6b4e1c;--low:#f0b35c;--high:#ff8a80;--fine:#7fd0a0;
--c0:#5b9be0;--c1:#f0a74a;--c2:#3fbf97;--c3:#e07fb2;--c4:#a59bf0;--c5:#7fcdf0;--c6:#dccb55;--c7:#e0826c;--c8:#8592a1;--on:#0d1218;--under:#0d1218`;

const palette = Array.from({ length: 9 }, (_, at) => `.c${at}{fill:var(--c${at});background:var(--c${at})}`).join("");

/** Colours on which the lighter text of the day would not be readable. */
const dark = [1, 5, 6, 8].map((at) => `.map .t${at}{color:var(--under)}`).join("");

export const STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1180px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:20px;margin:0;font-weight:600;overflow-wrap:anywhere}
h2{font-size:14px;margin:0 0 14px;font-weight:600}
.scope{color:var(--soft);margin:2px 0 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:12px;margin:20px 0}
.tile,.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
.tile small{display:block;color:var(--soft);font-size:12.5px}
.tile strong{display:block;font-size:17px;line-height:1.35;font-weight:600;overflow-wrap:anywhere}
.tile em{display:block;font-style:normal;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.tile.wide strong{font-size:15px;display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden}
.tile.main strong{font-size:27px;line-height:1.25}
.card{margin:0 0 16px}
.warn{background:var(--warn-ground);border:1px solid var(--warn-line);color:var(--warn);border-radius:10px;padding:10px 16px;margin:16px 0}
.warn p{margin:3px 0;overflow-wrap:anywhere}
.two{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:16px;margin:0 0 16px}.two .card{margin:0}
.plot{position:relative;padding:6px 0 26px 52px}
.bars{height:240px}.bars svg{display:block;width:100%;height:100%}
.axis{position:absolute;inset:6px 0 26px 0}
.axis span{position:absolute;left:52px;right:0;border-top:1px solid var(--line)}.axis .zero{border-color:var(--soft)}
.axis b{position:absolute;right:100%;margin-right:8px;transform:translateY(-50%);font-weight:400;font-size:12px;color:var(--soft);white-space:nowrap}
.bars{position:relative}
.labels{position:absolute;left:52px;right:0;bottom:0;height:22px}
.labels span{position:absolute;transform:translateX(-50%);font-size:12px;color:var(--soft);white-space:nowrap}
.pale{opacity:.5}
${palette}
.parts{list-style:none;margin:0;padding:0}
.parts li{display:grid;grid-template-columns:12px minmax(0,1fr) auto 52px;gap:8px;align-items:baseline;padding:5px 0;border-top:1px solid var(--line)}
.parts li:first-child{border:0}
.parts i{width:10px;height:10px;border-radius:3px;align-self:center}
.parts span{overflow-wrap:anywhere}.parts .r{text-align:right;color:var(--soft)}
.map{position:relative;height:260px}
.map svg{display:block;width:100%;height:100%;position:absolute}
.map rect{stroke:var(--card);stroke-width:2;vector-effect:non-scaling-stroke}
.map div{position:absolute;container-type:size;pointer-events:none}
.map p{margin:0;padding:7px 9px;color:var(--on);font-size:13px;line-height:1.3;overflow:hidden;display:none;height:100%}
${dark}
.map b{display:block;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
@container (min-width:72px) and (min-height:30px){.map p{display:block}}
@container (max-height:46px){.map p span{display:none}}
.note{color:var(--soft);font-size:13px;margin:10px 0 0}
table{border-collapse:collapse;width:100%}
th,td{padding:7px 10px;text-align:left;border-top:1px solid var(--line);vertical-align:baseline;overflow-wrap:anywhere}
th{border-top:0;font-size:12.5px;font-weight:600;color:var(--soft);white-space:nowrap}
td.t{white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}
td.none{color:var(--soft)}
tfoot td{font-weight:600}tfoot tr.part td{font-weight:400}
.u{display:inline-block;width:54px;height:6px;border-radius:3px;background:var(--line);margin-right:8px;vertical-align:middle;overflow:hidden}
.u+b{display:inline-block;min-width:50px;font-weight:400;text-align:right}
.u i{display:block;height:100%;background:var(--fine)}.u .low{background:var(--low)}.u .high{background:var(--high)}
.facts{list-style:none;padding:0;margin:0;color:var(--soft);font-size:13px}
.facts li{overflow-wrap:anywhere}
@media (max-width:860px){.two{grid-template-columns:minmax(0,1fr)}}
@media (max-width:600px){main{padding:18px 14px 32px}.tile.main,.tile.wide{grid-column:1/-1}.tiles{gap:10px}.labels .minor{display:none}.bars{height:190px}.plot{padding-left:44px}.axis span,.labels{left:44px}
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,tfoot,tr,td{display:block;width:auto}
tr{border-top:1px solid var(--line);padding:8px 0}td{border:0;padding:1px 0;display:flex;gap:12px;justify-content:space-between;text-align:right}
td::before{content:attr(data-h);color:var(--soft);text-align:left;flex:none}
td.n{white-space:normal}td.gone{display:none}}
@media print{:root{${LIGHT}}body{background:#fff;font-size:11px}main{max-width:none;padding:0}.card,.tile{break-inside:avoid;border-color:#ccc}.card.long{break-inside:auto;border:0;padding:0}
tr,.parts li{break-inside:avoid}thead{display:table-header-group}tfoot{display:table-row-group}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.bars{height:180px}.map{height:190px}@page{margin:14mm}}`;
