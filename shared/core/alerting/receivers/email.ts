import { DAY_MS, iso, type Millis } from "../../kernel/time.ts";
import { addresses } from "./mail-address.ts";
import { encodedWord, quotedPrintable } from "./mail-encoding.ts";
import { flagOf, mapOf, textOf } from "./read.ts";
import { type Making, type Plan, ReceiverFault } from "./request.ts";

const SUBJECT = '{{ template "email.default.subject" . }}';
/** 1970-01-01 was a Thursday. */
const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As RFC 1123 with a zone: `Mon, 02 Jan 2006 15:04:05 +0000`. */
function dateText(at: Millis): string {
  const text = iso(at);
  const month = MONTHS[Number(text.slice(5, 7)) - 1];
  const day = DAYS[Math.floor(at / DAY_MS) % 7];
  return `${day}, ${text.slice(8, 10)} ${month} ${text.slice(0, 4)} ${text.slice(11, 19)} +0000`;
}

/** From a list of addresses in the settings. Throws ReceiverFault. */
function envelope({ settings, text }: Making, name: "from" | "to"): readonly string[] {
  const found = addresses(text(textOf(settings, name)));
  if (typeof found === "string") throw new ReceiverFault(`parse '${name}' addresses: ${found}`);
  if (name === "from" && found.length !== 1)
    throw new ReceiverFault(`must be exactly one 'from' address (got: ${found.length})`);
  return found;
}

/** Mails of one group belong together for mail programs, by day or altogether: they answer a mail that never was. */
function thread({ settings, groupHash, now }: Making): readonly string[] {
  const threading = mapOf(settings, "threading");
  if (!flagOf(threading, "enabled")) return [];
  const by = textOf(threading, "thread_by_date") === "none" ? "" : iso(now).slice(0, 10);
  const root = `<alert-${groupHash.slice(0, 16)}-${by}@alertmanager>`;
  return [`References: ${root}`, `In-Reply-To: ${root}`];
}

function headers(making: Making): readonly string[] {
  const { settings, text, notification, hostname, now } = making;
  const given = mapOf(settings, "headers");
  const all: Readonly<Record<string, string>> = {
    Subject: SUBJECT,
    To: textOf(settings, "to"),
    From: textOf(settings, "from"),
    ...Object.fromEntries(Object.keys(given).map((name) => [name, textOf(given, name)])),
  };
  const lines = Object.keys(all).map((name) => `${name}: ${encodedWord(text(all[name] ?? ""))}`);
  // The same for each try: mail programs show a mail that came twice once.
  const id = notification.key.replace(/[^A-Za-z0-9]/g, "");
  if (!Object.hasOwn(all, "Message-Id")) lines.push(`Message-Id: <${id}@${hostname}>`);
  return [...lines, ...thread(making), `Date: ${dateText(now)}`];
}

const part = (type: string, body: string): string =>
  `Content-Transfer-Encoding: quoted-printable\r\nContent-Type: ${type}; charset=UTF-8\r\n\r\n${quotedPrintable(body)}`;

/** What a part leaves out is said at its end. */
function completed(body: string, isHtml: boolean, making: Making): string {
  const left = making.leftOut();
  if (left === 0) return linked(body, isHtml, making);
  const more = `… and ${left} more alerts`;
  return linked(isHtml ? withHtml(body, `<p>${more}</p>`) : `${body}\n\n${more}\n`, isHtml, making);
}

/** Puts HTML at the end of a document's body. */
function withHtml(body: string, added: string): string {
  const end = body.lastIndexOf("</body>");
  return end < 0 ? body + added : body.slice(0, end) + added + body.slice(end);
}

/** Our addition at the end of each part. */
function linked(body: string, isHtml: boolean, { notification: { links }, status }: Making): string {
  if (links === undefined || status !== "firing") return body;
  if (!isHtml) return `${body}\n\nAcknowledge: ${links.ack}\nSilence: ${links.silence}\n`;
  const address = (url: string) => url.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  const added = `<p><a href="${address(links.ack)}">Acknowledge</a> · <a href="${address(links.silence)}">Silence</a></p>`;
  return withHtml(body, added);
}

/** A mail with the parts that are configured, text before HTML: programs show the last that they can. */
export function email(making: Making): Plan {
  const { settings, text, html, groupHash, notification } = making;
  const [from = ""] = envelope(making, "from");
  const to = envelope(making, "to");
  const [plain, rich] = [textOf(settings, "text"), textOf(settings, "html")];
  const parts = [
    ...(plain === "" ? [] : [part("text/plain", completed(text(plain), false, making))]),
    ...(rich === "" ? [] : [part("text/html", completed(html(rich), true, making))]),
  ];
  // Quoted-printable never has "=_" in it (RFC 2045, 6.7).
  const boundary = `=_${groupHash.slice(0, 16)}${notification.key.replace(/[^A-Za-z0-9]/g, "").slice(0, 40)}`;
  const message = [
    ...headers(making),
    `Content-Type: multipart/alternative;  boundary="${boundary}"`,
    "MIME-Version: 1.0",
    "",
    ...parts.flatMap((one) => [`--${boundary}`, one]),
    `--${boundary}--`,
    "",
  ];
  return { requests: [{ kind: "mail", from, to, message: message.join("\r\n") }] };
}
