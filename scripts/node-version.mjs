// Runs before the tests, on whatever Node npm found: says in one line what is missing instead of failing somewhere inside.
const NEEDED = 24;
if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  process.stderr.write(
    `headgate's tests need Node ${NEEDED} or newer and this is ${process.version}: run "npm ci", which brings one along for npm scripts, or "npm rebuild node" where npm blocked its install script.\n`,
  );
  process.exitCode = 2;
}
