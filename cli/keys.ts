import type { KeyCreatedView, KeysView } from "../functions/api/views.ts";
import { parseDuration } from "../shared/core/kernel/time.ts";
import { answer, client, once } from "./client.ts";
import { durationText, type Given, type Group, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ago, stamp } from "./format.ts";
import { type Io, table } from "./io.ts";

const SCOPES = ["read", "operate", "admin", "alerts:post", "silences:write", "flags:evaluate"] as const;
type Scope = (typeof SCOPES)[number];
const HELP = "headgate keys create --help";

function scopeOf(options: Given): Scope {
  const given = text(options, "scope") as string;
  const scope = SCOPES.find((one) => one === given);
  if (scope === undefined)
    throw new UsageError(
      `--scope ${given} is not read, operate, admin, alerts:post, silences:write or flags:evaluate`,
      HELP,
    );
  return scope;
}

/** The first key of an installation on AWS cannot come from its API: with AWS credentials it is written to the table. */
async function createInTable(io: Io, name: string, scope: Scope, expires: string | undefined) {
  const [{ awsRuntime }, { readEnv }, { createKey }] = await Promise.all([
    import("../functions/runtime.ts"),
    import("../shared/shell/env.ts"),
    import("../functions/access/keys.ts"),
  ]);
  const env = readEnv(io.env);
  const expiresInMs = expires === undefined ? undefined : parseDuration(expires);
  const by = `cli (${io.env["USER"] ?? "unknown"})`;
  return createKey(awsRuntime(env), {
    tenant: env.HEADGATE_TENANT,
    name,
    scope,
    by,
    ...(expiresInMs === undefined ? {} : { expiresInMs }),
  });
}

export const keys: Group = {
  name: "keys",
  about: "API keys: who may read, operate, administer",
  verbs: [
    {
      name: "create",
      about: "A new key. Its text is shown once and kept nowhere.",
      options: [
        {
          name: "name",
          value: "NAME",
          about: "whose it is; stands in the records of what is done with it",
          required: true,
        },
        {
          name: "scope",
          value: "read|operate|admin|alerts:post|silences:write|flags:evaluate",
          about: "what it allows; the first three each include the one before, the others allow nothing else",
          required: true,
        },
        { name: "expires", value: "DURATION", about: "good for e.g. 90d (default: until revoked)" },
        { name: "table", about: "write to the table of HEADGATE_TABLE with your AWS credentials: for the first key" },
      ],
      example: "headgate keys create --name ci --scope operate --expires 90d",
      run: async ({ io, options }) => {
        const [name, scope] = [text(options, "name") as string, scopeOf(options)];
        const expires = durationText(options, "expires", "1h", "3650d", HELP);
        const json = { name, scope, ...(expires === undefined ? {} : { expires }) };
        const created =
          options["table"] === true
            ? await createInTable(io, name, scope, expires)
            : await answer<KeyCreatedView>(client(io).api.v1.access.keys.$post({ json }, once()));
        io.document(created);
        io.line(created.key);
        if (!io.json) io.note(`key ${created.id} (${scope}) for ${name}; this is the only time it is shown`);
        return 0;
      },
    },
    {
      name: "list",
      about: "The keys there are, without their secrets.",
      example: "headgate keys list",
      run: async ({ io }) => {
        const api = client(io);
        const items: KeysView["items"][number][] = [];
        let page: KeysView;
        let cursor: string | undefined;
        do {
          page = await answer<KeysView>(api.api.v1.access.keys.$get({ query: cursor === undefined ? {} : { cursor } }));
          items.push(...page.items);
          cursor = page.cursor;
        } while (cursor);
        io.document({ clock: page.clock, items });
        const rows = items.map((key) => [
          key.id,
          key.scope,
          stamp(key.createdAt),
          key.expiresAt === undefined ? "never" : ago(key.expiresAt, page.clock.now),
          key.by,
          key.name,
        ]);
        for (const line of table([["ID", "SCOPE", "CREATED", "EXPIRES", "BY", "NAME"], ...rows])) io.line(line);
        return 0;
      },
    },
    {
      name: "revoke",
      about: "Makes a key worthless at once.",
      positionals: ["ID"],
      example: "headgate keys revoke 0f3a9c21b7d4",
      run: async ({ io, positionals }) => {
        const id = positionals[0] as string;
        const response = await client(io).api.v1.access.keys[":id"].$delete({ param: { id: encodeURIComponent(id) } });
        if (response.status !== 204) await answer(Promise.resolve(response));
        io.document({ revoked: id });
        io.line(`key ${id} is revoked`);
        return 0;
      },
    },
  ],
};
