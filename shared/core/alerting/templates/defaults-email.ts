const FONT = "font-family: 'Helvetica Neue', Helvetica, Arial, sans-serif; box-sizing: border-box;";
const SIZED = `${FONT} font-size: 14px;`;
const PLAIN = `margin: 0; ${SIZED}`;

/** A start tag; attributes stand before the style and behind it as the layout has them. */
const tag = (name: string, style = "", before = "", after = "", base = PLAIN): string =>
  `<${name}${before && ` ${before}`} style="${base}${style && ` ${style}`}"${after && ` ${after}`}>`;

const BR = tag("br");
const ROW = tag("tr");
const TOP = 'valign="top"';
const BLOCK = tag("td", "vertical-align: top; padding: 0 0 20px;", 'class="content-block"', TOP);
const STRONG = tag("strong");
const EDGE = `${tag("td", "vertical-align: top;", "", TOP)}</td>`;

/** A row with one cell, the way the layout indents it. */
const block = (content: string): string =>
  `${ROW}\n                  ${BLOCK}\n                    ${content}\n                  </td>\n                </tr>`;

const link = (before: string, style: string, text: string, base = PLAIN): string =>
  `${tag("a", style, before, "", base)}${text}</a>`;

/** The coloured bar with the number of alerts and what they have been grouped by. */
const bar = (kind: string, color: string, gap: string): string => {
  const style =
    "vertical-align: top; font-size: 16px; color: #fff; font-weight: 500; padding: 20px; text-align: center; " +
    `border-radius: 3px 3px 0 0; background-color: ${color};`;
  const start = tag(
    "td",
    style,
    `class="alert alert-${kind}"`,
    `${TOP} align="center" bgcolor="${color}"`,
    `margin: 0; ${FONT}`,
  );
  return `
            ${start}
              {{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for {{ range .GroupLabels.SortedPairs }}
                {{ .Name }}={{ .Value }}${gap}
              {{ end }}
            </td>
            `;
};

const pairs = (of: string): string => `{{ range .${of}.SortedPairs }}{{ .Name }} = {{ .Value }}${BR}{{ end }}`;

const SOURCE = link('href="{{ .GeneratorURL }}"', "color: #348eda; text-decoration: underline;", "Source");

/** One alert. */
const ALERT = block(
  `${STRONG}Labels</strong>${BR}
                    ${pairs("Labels")}
                    {{ if .Annotations }}${STRONG}Annotations</strong>${BR}{{ end }}
                    ${pairs("Annotations")}
                    ${SOURCE}${BR}`,
);

const heading = (state: string): string => block(`${STRONG}[{{ len .Alerts.${state} }}] ${state}</strong>`);
const list = (state: string): string =>
  `{{ range .Alerts.${state} }}\n                ${ALERT}\n                {{ end }}`;

const BETWEEN = block(`${BR}\n                    ${tag("hr")}\n                    ${BR}`);

const BUTTON = link(
  'href="{{ template "__alertmanagerURL" . }}" class="btn-primary"',
  "text-decoration: none; color: #FFF; background-color: #348eda; border: solid #348eda; border-width: 10px 20px; " +
    "line-height: 2em; font-weight: bold; text-align: center; cursor: pointer; display: inline-block; border-radius: 5px; " +
    "text-transform: capitalize;",
  'View in {{ template "__alertmanager" . }}',
);

const WIDTHS = 'width="100%" cellpadding="0" cellspacing="0"';

/** What small screens change. */
const SMALL_SCREEN: readonly (readonly [string, readonly string[]])[] = [
  ["body", ["padding: 0"]],
  ["h1,\nh2,\nh3,\nh4", ["font-weight: 800", "margin: 20px 0 5px"]],
  ["h1", ["font-size: 22px"]],
  ["h2", ["font-size: 18px"]],
  ["h3", ["font-size: 16px"]],
  [".container", ["padding: 0", "width: 100%"]],
  [".content", ["padding: 0"]],
  [".content-wrap", ["padding: 10px"]],
  [".invoice", ["width: 100%"]],
];
const RULES = SMALL_SCREEN.map(
  ([selector, rules]) => `  ${selector} {\n${rules.map((rule) => `    ${rule} !important;\n`).join("")}  }\n`,
).join("\n");

/** The layout is Mailgun's and its licence asks for this notice; readers of the mail do not get it, comments are dropped. */
const NOTICE = `<!--
Style and HTML derived from https://github.com/mailgun/transactional-email-templates


The MIT License (MIT)

Copyright (c) 2014 Mailgun

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
-->`;

const HEAD = `<head>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>{{ template "__subject" . }}</title>
<style>
@media only screen and (max-width: 640px) {
${RULES}}
</style>
</head>`;

const BODY_STYLE =
  "-webkit-font-smoothing: antialiased; -webkit-text-size-adjust: none; height: 100%; line-height: 1.6em; " +
  "background-color: #f6f6f6; width: 100%;";

const FOOTER = `${tag("div", "width: 100%; clear: both; color: #999; padding: 20px;", 'class="footer"')}
          ${tag("table", "", 'width="100%"')}
            ${ROW}
              ${tag("td", "vertical-align: top; padding: 0 0 20px; text-align: center; color: #999; font-size: 12px;", 'class="aligncenter content-block"', `${TOP} align="center"`, `margin: 0; ${FONT}`)}${link('href="{{ .ExternalURL }}"', "text-decoration: underline; color: #999; font-size: 12px;", 'Sent by {{ template "__alertmanager" . }}', `margin: 0; ${FONT}`)}</td>
            </tr>
          </table>
        </div>`;

/** The mail: a bar that says how many alerts there are, each with labels, annotations and its source, and a footer. */
export const EMAIL_HTML = `
${NOTICE}
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
${tag("html", "", 'xmlns="http://www.w3.org/1999/xhtml"')}
${HEAD}

${tag("body", BODY_STYLE, 'itemscope itemtype="https://schema.org/EmailMessage"')}

${tag("table", "background-color: #f6f6f6; width: 100%;", 'class="body-wrap"', 'width="100%" bgcolor="#f6f6f6"')}
  ${ROW}
    ${EDGE}
    ${tag("td", "vertical-align: top; display: block; max-width: 600px; margin: 0 auto; clear: both;", 'class="container" width="600"', TOP, SIZED)}
      ${tag("div", "max-width: 600px; margin: 0 auto; display: block; padding: 20px;", 'class="content"', "", SIZED)}
        ${tag("table", "background-color: #fff; border: 1px solid #e9e9e9; border-radius: 3px;", `class="main" ${WIDTHS}`, 'bgcolor="#fff"')}
          ${ROW}
            {{ if .Alerts.Firing }}${bar("warning", "#E6522C", "")}{{ else }}${bar("good", "#68B90F", " ")}{{ end }}
          </tr>
          ${ROW}
            ${tag("td", "vertical-align: top; padding: 30px;", 'class="content-wrap"', TOP)}
              ${tag("table", "", WIDTHS)}
                ${block(BUTTON)}
                {{ if .Alerts.Firing }}
                ${heading("Firing")}
                {{ end }}
                ${list("Firing")}

                {{ if .Alerts.Resolved }}
                  {{ if .Alerts.Firing }}
                ${BETWEEN}
                  {{ end }}
                ${heading("Resolved")}
                {{ end }}
                ${list("Resolved")}
              </table>
            </td>
          </tr>
        </table>

        ${FOOTER}</div>
    </td>
    ${EDGE}
  </tr>
</table>

</body>
</html>

`;
