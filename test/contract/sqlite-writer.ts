import { openSqlite } from "../../shared/edge/sqlite.ts";

// Writes as fast as it can until it is killed, and says what was acknowledged, one line a write.
const file = openSqlite(process.argv[2] as string, () => 0);

async function writer(subject: string): Promise<void> {
  for (let version = 0; ; version += 1) {
    const result = await file.store.write({ tenant: "default", noun: "kill", subject }, version, {
      state: { version: version + 1 },
    });
    if (!result.ok) throw new Error(`${subject} lost version ${version}`);
    process.stdout.write(`${subject} ${result.version}\n`);
  }
}

await Promise.all(["a", "b", "c", "d"].map(writer));
