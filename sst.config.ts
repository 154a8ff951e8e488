/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const production = input?.stage === "prod";
    return {
      name: "headgate",
      // What holds state survives `sst remove` in production, and `sst remove` itself is refused there.
      removal: production ? "retain" : "remove",
      protect: production,
      home: "aws",
      providers: { aws: { version: "7.20.0", defaultTags: { tags: { app: "headgate", stage: input?.stage ?? "" } } } },
    };
  },
  async run() {
    const stacks = await import("./stacks/index.ts");
    return stacks.headgate();
  },
});
