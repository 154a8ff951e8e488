import type { HttpAnswer } from "./http-wire.ts";

export const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
export const trace = (...causes: string[]) => {
  const [first, ...rest] = causes.map((cause) => `org.apache.flink.${cause}`);
  return [
    first,
    "\tat org.apache.flink.Some.method(Some.java:1)",
    ...rest.flatMap((cause) => [
      `Caused by: ${cause}`,
      "\tat java.base/java.lang.Thread.run(Thread.java:840)",
      "\t... 2 more",
    ]),
  ].join("\n");
};
export const error = (status: number, ...causes: string[]) => json(status, { errors: [trace(...causes)] });
export const inside = (...causes: string[]) =>
  json(500, {
    errors: [
      "Internal server error.",
      `<Exception on server side:\n${trace(...causes)}\n\nEnd of exception on server side>`,
    ],
  });
