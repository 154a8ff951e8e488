import { build } from "esbuild";
const handler = "functions/api/lambda.ts";
const { metafile } = await build({ entryPoints: ["/work/main/" + handler], bundle: true, platform: "node", format: "esm", target: "node24", mainFields: ["module","main"], external: ["sharp","pg-native"], keepNames: true, minify: true, splitting: true, outdir: "/tmp/F/out", write: false, metafile: true, absWorkingDir: "/work/main", logLevel: "silent" });
const outs = metafile.outputs;
const o = Object.entries(outs).find(([, v]) => v.entryPoint === "functions/deferred.ts")![1];
for (const [k, v] of Object.entries(o.inputs)) if (/backtest|replay|health|csv/.test(k)) console.log(v.bytesInOutput, k);
