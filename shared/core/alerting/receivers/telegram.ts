import { goTextMap } from "./go-json.ts";
import { excerpt } from "./judge.ts";
import { flagOf, numberOf, textOf } from "./read.ts";
import { type Answer, type Judged, type Making, type Plan, ReceiverFault } from "./request.ts";
import { longerThanRunes, truncateRunes } from "./truncate.ts";

/** https://limits.tginfo.me/en */
const LONGEST_MESSAGE = 4_096;
/** Cut HTML may be broken HTML, which Telegram refuses; upstream sends this instead. */
const TOO_LONG =
  "Alertmanager notification could not be sent: message length exceeds Telegram limits.\n\t\t\tPlease check the template used for producing the message content.";

/** Our addition, in the two formats that have links and where there is room. */
function withLinks(message: string, mode: string, { notification: { links }, status }: Making): string {
  if (links === undefined || status !== "firing") return message;
  const address = (url: string) => url.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  const added =
    mode === "HTML"
      ? `\n<a href="${address(links.ack)}">Acknowledge</a> · <a href="${address(links.silence)}">Silence</a>`
      : mode === "Markdown"
        ? `\n[Acknowledge](${links.ack}) · [Silence](${links.silence})`
        : "";
  return longerThanRunes(message + added, LONGEST_MESSAGE) ? message : message + added;
}

/** What Telegram says is in its body. As upstream, whatever it refuses may be tried again: a token or a chat can be put right meanwhile. */
function judgeTelegram({ status, body }: Answer): Judged {
  let said: { ok?: unknown; error_code?: unknown; description?: unknown; parameters?: { retry_after?: unknown } };
  try {
    said = JSON.parse(body) as typeof said;
  } catch {
    const ok = status >= 200 && status < 300;
    return ok ? { ok: true } : { ok: false, retry: true, why: `unexpected status code ${status}: ${excerpt(body)}` };
  }
  if (said?.ok === true) return { ok: true };
  const code = typeof said?.error_code === "number" ? said.error_code : status;
  const wait = said?.parameters?.retry_after;
  return {
    ok: false,
    retry: true,
    why: `telegram: ${excerpt(String(said?.description ?? "no description"))} (${code})`,
    ...(typeof wait === "number" ? { retryAfterMs: wait * 1_000 } : {}),
  };
}

/** Telegram's bot API, sendMessage. */
export function telegram(making: Making): Plan {
  const { settings } = making;
  const mode = textOf(settings, "parse_mode");
  const expression = textOf(settings, "message");
  const html = mode === "HTML" ? making.html(expression) : "";
  const message =
    mode === "HTML"
      ? longerThanRunes(html, LONGEST_MESSAGE)
        ? TOO_LONG
        : html
      : truncateRunes(making.text(expression), LONGEST_MESSAGE);
  const chat = textOf(settings, "chat_id").trim();
  if (!/^-?\d+$/.test(chat)) throw new ReceiverFault("chat_id is no whole number", true);
  const thread = numberOf(settings, "message_thread_id");
  const body = goTextMap({
    chat_id: chat,
    text: withLinks(message, mode, making),
    disable_web_page_preview: "true",
    ...(flagOf(settings, "disable_notifications") ? { disable_notification: "true" } : {}),
    ...(mode === "" ? {} : { parse_mode: mode }),
    ...(thread === 0 ? {} : { message_thread_id: String(thread) }),
  });
  const url = `${textOf(settings, "api_url")}/bot${textOf(settings, "bot_token")}/sendMessage`;
  return {
    requests: [
      { kind: "http", method: "POST", url, headers: { "Content-Type": "application/json" }, body: `${body}\n` },
    ],
    judge: judgeTelegram,
  };
}
