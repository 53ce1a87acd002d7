/** @file What the HTML reports share: the page, tables, figures and their look. A report is one file that needs nothing else. */

export type Cell = string | number;

export function table(head: string[], rows: Cell[][]): string {
  const line = (cells: Cell[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(String(cell))}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${line(head, "th")}</thead><tbody>${rows.map((row) => line(row, "td")).join("")}</tbody></table>`;
}

export function figure(value: number | null, digits = 3): string {
  return value === null ? "–" : value.toFixed(digits);
}

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** A whole page. `lead` and `body` are HTML; `style`: rules that this report needs beside those of all. */
export function page(
  title: string,
  { lead, body, style = "" }: { lead: string; body: string; style?: string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} – Aliquot report</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
<header>
<h1>${escape(title)}</h1>
<p class="lead">${lead}</p>
</header>
${body}
<footer>Not a medical device. Written by Aliquot without any network connection.</footer>
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #f5f6f8; }
body { margin: 0; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0 0 4px; font-size: 28px; } h2 { margin: 0 0 12px; font-size: 19px; } h3 { margin: 16px 0 8px; font-size: 15px; }
h3 span { font-weight: 400; color: #57606a; }
.lead { font-size: 17px; margin: 0 0 24px; } .lead strong { font-size: 24px; }
section { background: #fff; border: 1px solid #d8dee4; border-radius: 8px; padding: 20px 24px; margin: 0 0 20px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid #eaeef2; } th { color: #57606a; font-weight: 600; }
.row { display: flex; gap: 12px; } .row figure { flex: 1; margin: 0; } img { width: 100%; border-radius: 4px; display: block; background: #000; }
figcaption, .note, footer { color: #57606a; font-size: 13px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 8px 28px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 20px; margin-bottom: 16px; }
.chart { margin: 0; } .chart path { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; } .chart text { font-size: 11px; fill: #57606a; } .grid line { stroke: #eaeef2; }
.legend span { margin-left: 12px; } .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 4px; }
pre { white-space: pre-wrap; font: inherit; margin: 0; }
`;
