"""The style sheet of report.html: light and dark, on screen and on paper; every pair of colours has 4.5:1 or more."""

STYLE = """
:root{color-scheme:light dark;--back:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#55606e;--line:#d9dee5;--track:#eceff3;
--good:#1f7a4d;--info:#2563a8;--mixed:#9a5b00;--bad:#b3261e;--idle:#66707c;--violet:#6a4ba3}
@media(prefers-color-scheme:dark){:root{--back:#12161c;--card:#1b2129;--ink:#e8ecf1;--soft:#a9b4c0;--line:#323b46;
--track:#2a323c;--good:#5cc48f;--info:#74b0f0;--mixed:#e5a84b;--bad:#f2857d;--idle:#98a3af;--violet:#b79cf0}}
*{box-sizing:border-box}
body{margin:0;
background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:960px;margin:0 auto;padding:0 20px}
header{padding-top:32px}
h1{font-size:1.75rem;line-height:1.25;margin:.2rem 0 .6rem}
h2{font-size:1.2rem;margin:0 0 .8rem}
.eyebrow{color:var(--soft);margin:0;font-size:.9rem}
.status{border-left:6px solid var(--idle);background:var(--card);padding:12px 16px;border-radius:6px;margin:0 0 20px}
.status.good{border-color:var(--good)}.status.mixed{border-color:var(--mixed)}.status.bad{border-color:var(--bad)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px;margin:0 0 20px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:14px;margin:0 0 20px;padding:0}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.figures dt{color:var(--soft);font-size:.9rem}
.figures dd{margin:0;font-size:1.75rem;font-weight:650;font-variant-numeric:tabular-nums}
.figures .aside{display:block;font-size:.85rem;font-weight:400;color:var(--soft)}
figure{margin:0 0 14px}
svg{display:block;width:100%;height:auto}
svg text{font-size:13px;fill:var(--ink)}
svg .count{font-weight:600;font-variant-numeric:tabular-nums}
.track{fill:var(--track)}
.good-fill{fill:var(--good)}.info-fill{fill:var(--info)}.mixed-fill{fill:var(--mixed)}.bad-fill{fill:var(--bad)}
.idle-fill{fill:var(--idle)}.violet-fill{fill:var(--violet)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;min-width:50%;font-size:.95rem}
th,td{text-align:left;vertical-align:top;padding:7px 10px;border-bottom:1px solid var(--line)}
th{font-weight:600}thead th{color:var(--soft);font-size:.85rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.key{display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:8px}
code,samp{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}
tbody th{min-width:8rem;overflow-wrap:anywhere}th code{white-space:nowrap}
td.text{min-width:12rem;overflow-wrap:anywhere}.number{min-width:4rem}
ol,ul{margin:0;padding-left:1.3rem}li{margin:.35rem 0}
dl.facts{display:grid;grid-template-columns:fit-content(45%) 1fr;gap:4px 18px;margin:0 0 14px}
dl.facts dt{color:var(--soft)}dl.facts dt,dl.facts dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.9rem;padding-bottom:32px}
@media print{:root{--back:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--track:#eee;--good:#1f7a4d;
--info:#2563a8;--mixed:#9a5b00;--bad:#b3261e;--idle:#66707c;--violet:#6a4ba3}body{font-size:10pt}
header,main,footer{max-width:none;padding:0}
.scroll{overflow:visible}th,td{padding:4px}tbody th,td.text{min-width:5rem}.number{min-width:0}
table{font-size:.85rem}thead th{font-size:.75rem}
th code{white-space:normal;overflow-wrap:break-word}.figures{grid-template-columns:repeat(5,1fr);gap:8px}
h2,thead{break-after:avoid}figure,tr,li,.figures div{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
