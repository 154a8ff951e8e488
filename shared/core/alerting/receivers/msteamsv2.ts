import { goList, goStruct, goText } from "./go-json.ts";
import { textOf } from "./read.ts";
import type { Making, Plan } from "./request.ts";

const block = (members: Readonly<Record<string, string>>): string =>
  goStruct({ type: goText("TextBlock"), ...members });

/** Our addition: two buttons under the card. */
const actions = ({ notification: { links }, status }: Making): string | undefined =>
  links === undefined || status !== "firing"
    ? undefined
    : goList(
        [
          ["Acknowledge", links.ack],
          ["Silence", links.silence],
        ].map(([title = "", url = ""]) =>
          goStruct({ type: goText("Action.OpenUrl"), title: goText(title), url: goText(url) }),
        ),
      );

/** Microsoft Teams by a Power Platform workflow: an adaptive card. */
export function msteamsv2(making: Making): Plan {
  const { settings, status, text } = making;
  const title = text(textOf(settings, "title"));
  const heading = block({
    text: goText(title),
    weight: goText("Bolder"),
    size: goText("Medium"),
    wrap: "true",
    style: goText("heading"),
    color: goText(status === "firing" ? "Attention" : "Good"),
  });
  const card = goStruct({
    $schema: goText("http://adaptivecards.io/schemas/adaptive-card.json"),
    type: goText("AdaptiveCard"),
    version: goText("1.2"),
    body: goList([heading, block({ text: goText(text(textOf(settings, "text"))), wrap: "true" })]),
    msteams: goStruct({ width: goText("full") }),
    actions: actions(making),
  });
  const attachment = goStruct({
    contentType: goText("application/vnd.microsoft.card.adaptive"),
    contentUrl: "null",
    content: card,
  });
  const body = goStruct({ type: goText("message"), attachments: goList([attachment]) });
  const url = textOf(settings, "webhook_url");
  return {
    requests: [
      { kind: "http", method: "POST", url, headers: { "Content-Type": "application/json" }, body: `${body}\n` },
    ],
  };
}
