import { goList, goStruct, goText, unlessEmpty } from "./go-json.ts";
import { textOf } from "./read.ts";
import type { Making, Plan } from "./request.ts";
import { truncateRunes } from "./truncate.ts";

/** https://discord.com/developers/docs/resources/channel#embed-object-embed-limits */
const LONGEST_TITLE = 256;
const LONGEST_DESCRIPTION = 4_096;
const LONGEST_CONTENT = 2_000;
const RED = 0x992d22;
const GREEN = 0x2ecc71;

/** Our addition at the end of the message, where it still has room for it. */
function withLinks(text: string, { notification: { links }, status }: Making): string {
  if (links === undefined || status !== "firing") return text;
  const added = `\n[Acknowledge](${links.ack}) · [Silence](${links.silence})`;
  return text.length + added.length > LONGEST_DESCRIPTION ? text : text + added;
}

/** Discord by webhook: one embed. */
export function discord(making: Making): Plan {
  const { settings, status, text } = making;
  const embed = goStruct({
    title: goText(truncateRunes(text(textOf(settings, "title")), LONGEST_TITLE)),
    description: goText(withLinks(truncateRunes(text(textOf(settings, "message")), LONGEST_DESCRIPTION), making)),
    color: String(status === "firing" ? RED : GREEN),
  });
  const body = goStruct({
    content: goText(truncateRunes(text(textOf(settings, "content")), LONGEST_CONTENT)),
    embeds: goList([embed]),
    username: unlessEmpty(textOf(settings, "username")),
    avatar_url: unlessEmpty(textOf(settings, "avatar_url")),
  });
  const url = textOf(settings, "webhook_url");
  return {
    requests: [
      { kind: "http", method: "POST", url, headers: { "Content-Type": "application/json" }, body: `${body}\n` },
    ],
  };
}
