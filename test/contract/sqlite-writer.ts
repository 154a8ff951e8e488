import { openSqlite } from "../../shared/edge/sqlite.ts";

// Writes as fast as it can until it is killed, and says what was acknowledged, one line a write.
const file = openSqlite(process.argv[2] as string, () => 0);

async function writer(subject: string): Promise<void> {
  for (let count = 1, version = 0; ; count += 1) {
    const key = { tenant: "default", noun: "kill", subject };
    const result = await file.store.write(key, version, { state: { count } });
    if (!result.ok) throw new Error(`${subject} lost version ${version}`);
    version = result.version;
    process.stdout.write(`${subject} ${version} ${count}\n`);
  }
}

await Promise.all(["a", "b", "c", "d"].map(writer));
