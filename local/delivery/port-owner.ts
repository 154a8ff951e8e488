import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = "0A";

/** Inodes of the sockets that listen on a port, from the kernel's table. */
function listeners(port: number): ReadonlySet<string> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const found = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readFileSync(table, "utf8").split("\n")) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (local?.endsWith(wanted) && state === LISTEN && inode !== undefined) found.add(`socket:[${inode}]`);
    }
  }
  return found;
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    // Another user's, or gone meanwhile.
    return false;
  }
}

/** Its program; a process may call itself what it likes ("MainThread"). */
function programOf(pid: string): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  }
}

/** Who listens on a port of this machine, for a sentence: "node (process 4711)"; "another program" where the system does not tell. */
export function portOwner(port: number): string {
  try {
    const sockets = listeners(port);
    const pid = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .find((name) => holds(name, sockets));
    if (sockets.size > 0 && pid !== undefined) return `${programOf(pid)} (process ${pid})`;
  } catch {
    // No /proc: macOS.
  }
  return "another program";
}
