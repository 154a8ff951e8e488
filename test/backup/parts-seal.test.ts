import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sealed } from "../../shared/core/backup/format/types.ts";
import { newKeyFile, readKeyFile, readKeys } from "../../shared/edge/key-file.ts";
import { openSealer, type Sealer } from "../../shared/edge/seal.ts";
import { type VaultWire, vaultWire } from "../fakes/vault-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { inFolder, NOW, POINT } from "./parts-kit.ts";

const ARN = "arn:aws:kms:eu-central-1:123456789012:key/one";
const OTHER = "arn:aws:kms:eu-central-1:123456789012:key/two";
const name = { plan: "hourly", point: POINT, kind: "secret", name: "db/password" };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const flipped = (base64: string) => {
  const bytes = Buffer.from(base64, "base64");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString("base64");
};
const nobody = wireClients("http://127.0.0.1:9", { maxAttempts: 1 });

describe("key files", () => {
  test("a new one is its owner's alone, says when it was made and by which fingerprint it goes, and is never written over", () =>
    inFolder(async (folder) => {
      const path = join(folder, "backup.key");
      const made = await newKeyFile(path, NOW);
      const [keys, mode, content] = [
        await readKeyFile(path),
        (await stat(path)).mode & 0o777,
        await readFile(path, "utf8"),
      ];
      expect(mode).toBe(0o600);
      expect(keys).toMatchObject({ keys: [{ fingerprint: made.fingerprint }], warnings: [] });
      expect(content).toMatch(/^# created: 2026-09-21T14:13:20.000Z\n# fingerprint: [0-9a-f]{16}\n/);
      expect(content).toMatch(/^HEADGATE-KEY-1[A-Za-z0-9_-]{43}$/m);
      await expect(newKeyFile(path, NOW)).rejects.toMatchObject({ code: "backup.key" });
      expect(await readFile(path, "utf8")).toBe(content);
    }));

  test("one that others can read is used with a warning that says what to do", () =>
    inFolder(async (folder) => {
      const path = join(folder, "backup.key");
      await newKeyFile(path, NOW);
      await chmod(path, 0o644);
      expect((await readKeyFile(path)).warnings).toEqual([expect.stringMatching(/mode 0644.*chmod 600/)]);
    }));

  test.each([
    ["none", undefined, "does not exist"],
    ["without a key", "# created: today\n", "holds no key"],
    ["with a short key", "HEADGATE-KEY-1abc\n", "holds no key"],
  ])("%s is refused without a word of what stands in it", (_, content, why) =>
    inFolder(async (folder) => {
      const path = join(folder, "backup.key");
      if (content !== undefined) await writeFile(path, content);
      const error = await readKeyFile(path).catch((one: Error) => one);
      expect(error).toMatchObject({ code: "backup.key", message: expect.stringContaining(why) });
      expect(String(error)).not.toContain("HEADGATE-KEY-1abc");
    }),
  );

  test("a byte order mark, Windows lines, blanks and a space behind the mark are read all the same", () => {
    const key = Buffer.alloc(32, 7).toString("base64url");
    for (const line of [`HEADGATE-KEY-1${key}`, `HEADGATE-KEY-1 ${key}`, `  HEADGATE-KEY-1${key}  `])
      expect(readKeys(`\uFEFF# note\r\n\r\n${line}\r\n`)).toHaveLength(1);
  });
});

describe("sealing", () => {
  let vault: VaultWire;
  beforeAll(async () => {
    vault = await vaultWire([ARN, OTHER]);
  });
  afterAll(() => vault.close());
  const withFile = (work: (sealer: Sealer, path: string, folder: string) => Promise<void>) =>
    inFolder(async (folder) => {
      const path = join(folder, "backup.key");
      await newKeyFile(path, NOW);
      await work(await openSealer("file:backup.key", { baseDir: folder, clients: nobody }), path, folder);
    });
  const withKms = (key = ARN) => openSealer(key, { baseDir: ".", clients: wireClients(vault.endpoint) });

  test("only the holder of the key file reads it again", () =>
    withFile(async (sealer, path, folder) => {
      const sealed = await sealer.seal("hunter2", name);
      expect(JSON.stringify(sealed)).not.toContain("hunter2");
      expect(sealed.key).toBe(sealer.key);
      expect(text(await sealer.open(sealed, name))).toBe("hunter2");
      const other = join(folder, "other.key");
      const { fingerprint } = await newKeyFile(other, NOW);
      const stranger = await openSealer(`file:${other}`, { baseDir: "/", clients: nobody });
      await expect(stranger.open(sealed, name)).rejects.toMatchObject({
        code: "backup.key",
        message: `it was sealed with ${sealer.key}, and the key given is file:${fingerprint}`,
      });
      expect((await readKeyFile(path)).keys[0].fingerprint).toBe(sealer.key.slice(5));
    }));

  test("a file with a new key in front of the old one opens what the old one sealed, and seals with the new one", () =>
    withFile(async (sealer, path, folder) => {
      const sealed = await sealer.seal("hunter2", name);
      const next = join(folder, "next.key");
      const { fingerprint } = await newKeyFile(next, NOW);
      await writeFile(next, `${await readFile(next, "utf8")}${await readFile(path, "utf8")}`, { mode: 0o600 });
      const both = await openSealer(`file:${next}`, { baseDir: ".", clients: nobody });
      expect(text(await both.open(sealed, name))).toBe("hunter2");
      expect((await both.seal("x", name)).key).toBe(`file:${fingerprint}`);
    }));

  const changes: readonly [string, (sealed: Sealed) => Sealed, Partial<typeof name>][] = [
    ["its text", (sealed) => ({ ...sealed, text: flipped(sealed.text) }), {}],
    ["its tag", (sealed) => ({ ...sealed, tag: flipped(sealed.tag) }), {}],
    ["its nonce", (sealed) => ({ ...sealed, nonce: flipped(sealed.nonce) }), {}],
    ["its data key", (sealed) => ({ ...sealed, wrapped: flipped(sealed.wrapped) }), {}],
    ["its name", (sealed) => sealed, { name: "db/user" }],
    ["its kind", (sealed) => sealed, { kind: "ssm" }],
    ["its point", (sealed) => sealed, { point: "bkp_20260921_153320" }],
    ["its plan", (sealed) => sealed, { plan: "daily" }],
  ];
  test.each(changes)("a value of which %s was changed is damaged, under a key file and under KMS", (_, change, as) =>
    withFile(async (file) => {
      for (const sealer of [file, await withKms()]) {
        const sealed = await sealer.seal("hunter2", name);
        await expect(sealer.open(change(sealed), { ...name, ...as })).rejects.toMatchObject({ code: "backup.damaged" });
      }
    }),
  );

  test("KMS makes one data key for a point, is shown plan and point, and opens it again for another process", async () => {
    const sealer = await withKms();
    const before = vault.contexts.length;
    const [one, two] = await Promise.all([
      sealer.seal("hunter2", name),
      sealer.seal("hunter2", { ...name, name: "b" }),
    ]);
    expect(vault.contexts.slice(before)).toEqual([{ plan: "hourly", point: POINT }]);
    expect(one.text).not.toBe(two.text);
    expect(text(await (await withKms()).open(one, name))).toBe("hunter2");
    // KMS finds the key that sealed it, whichever of its keys the plan names now.
    expect(text(await (await withKms(OTHER)).open(one, name))).toBe("hunter2");
  });

  test("a key of KMS that is not there is named", async () => {
    const gone = await withKms("arn:aws:kms:eu-central-1:123456789012:key/none");
    await expect(gone.seal("x", name)).rejects.toMatchObject({
      code: "backup.key",
      message: expect.stringContaining("key/none"),
    });
  });

  test("whether a value changed can be told with a key file, and not without it", () =>
    withFile(async (sealer) => {
      const [a, b] = [await sealer.seal("hunter2", name), await sealer.seal("hunter2", name)];
      expect(sealer.digest("hunter2", a)).toBe(sealer.digest("hunter2", b));
      expect(sealer.digest("hunter3", a)).not.toBe(sealer.digest("hunter2", a));
      const { createHash } = await import("node:crypto");
      expect(sealer.digest("hunter2", a)).not.toBe(createHash("sha256").update("hunter2").digest("hex"));
    }));
});
