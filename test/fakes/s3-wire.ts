import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { byBytes } from "../../shared/edge/object-key.ts";
import { serve, type Wire, type WireAnswer, WireFault, type WireRequest } from "./wire.ts";

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly at: Date;
  readonly headers: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly at: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
}

export interface S3Wire extends Wire {
  /** Multipart uploads that were neither completed nor aborted: they cost money. */
  readonly openUploads: () => number;
  /** Largest body of one request so far, bytes. */
  readonly largestBody: () => number;
}

const md5 = (body: Buffer) => createHash("md5").update(body).digest();
const escapeXml = (text: string) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Decodes aws-chunked: "<hex length>[;chunk-signature=…]\r\n<bytes>\r\n" … "0\r\n" and trailers; checks the length and the CRC. */
function decodeBody({ headers, body }: WireRequest): Buffer {
  const sums = { ...headers } as Record<string, string | undefined>;
  let decoded = body;
  if (headers["content-encoding"]?.includes("aws-chunked")) {
    const chunks: Buffer[] = [];
    let at = 0;
    for (;;) {
      const end = body.indexOf("\r\n", at);
      const length = Number.parseInt(body.subarray(at, end).toString("latin1"), 16);
      if (end < 0 || Number.isNaN(length)) throw new WireFault("IncompleteBody", "the chunks end early");
      at = end + 2;
      if (length === 0) break;
      chunks.push(body.subarray(at, at + length));
      at += length + 2;
    }
    for (const line of body.subarray(at).toString("latin1").split("\r\n")) {
      const [name, value] = line.split(":");
      if (name && value) sums[name.toLowerCase()] = value.trim();
    }
    decoded = Buffer.concat(chunks);
    if (decoded.length !== Number(headers["x-amz-decoded-content-length"]))
      throw new WireFault("IncompleteBody", "the decoded length is another one");
  }
  const said = sums["x-amz-checksum-crc32"];
  const real = Buffer.alloc(4);
  real.writeUInt32BE(crc32(decoded));
  if (said !== undefined && said !== real.toString("base64")) throw new WireFault("BadDigest", "CRC32 does not match");
  return decoded;
}

const kept = (headers: WireRequest["headers"]) =>
  Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === "string" &&
        (entry[0] === "content-type" || /^x-amz-(?:meta-|server-side|storage-class|object-lock)/.test(entry[0])),
    ),
  );

/**
 * The part of S3 that Headgate uses, in memory: conditional writes, ranges, multipart, checksums, lists in byte order. What S3
 * refuses is refused: parts below 5 MiB, parts out of order, wrong ETags, keys over 1,024 bytes.
 */
export async function s3Wire(options: { readonly bucket: string; readonly now?: () => number }): Promise<S3Wire> {
  const now = options.now ?? Date.now;
  const stored = new Map<string, Stored>();
  const uploads = new Map<string, Upload>();
  let made = 0;
  let largest = 0;

  const put = (
    request: WireRequest,
    key: string,
    body: Buffer,
    etag: string,
    headers: Readonly<Record<string, string>>,
  ) => {
    const condition = request.headers["if-none-match"];
    if (condition !== undefined && condition !== "*") throw new WireFault("NotImplemented", "only *", 501);
    if (condition === "*" && stored.has(key))
      throw new WireFault("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
    stored.set(key, { body, etag, at: new Date(now()), headers });
  };
  const upload = (url: URL): Upload => {
    const found = uploads.get(url.searchParams.get("uploadId") ?? "");
    if (!found) throw new WireFault("NoSuchUpload", "The specified upload does not exist", 404);
    return found;
  };
  const head = (key: string, request: WireRequest): WireAnswer => {
    const found = stored.get(key);
    if (!found) throw new WireFault("NoSuchKey", "The specified key does not exist.", 404);
    const headers = { ...found.headers, etag: found.etag, "last-modified": found.at.toUTCString() };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (!range)
      return { status: 200, headers: { ...headers, "content-length": `${found.body.length}` }, body: found.body };
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), found.body.length - 1)];
    if (start >= found.body.length) throw new WireFault("InvalidRange", "The requested range is not satisfiable", 416);
    const body = found.body.subarray(start, end + 1);
    return {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${end}/${found.body.length}` },
      body,
    };
  };
  const xml = (root: string, inner: string): WireAnswer => ({
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?><${root}>${inner}</${root}>`,
  });

  const list = ({ searchParams }: URL): WireAnswer => {
    if (searchParams.get("encoding-type") !== "url")
      throw new WireFault("InvalidArgument", "some keys do not fit in XML");
    const prefix = searchParams.get("prefix") ?? "";
    const after = searchParams.get("start-after") ?? "";
    const size = Math.min(1000, Number(searchParams.get("max-keys") ?? 1000));
    const keys = [...stored.keys()].filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0).sort(byBytes);
    const items = keys.slice(0, size).map((key) => {
      const one = stored.get(key) as Stored;
      const name = encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");
      return `<Contents><Key>${name}</Key><LastModified>${one.at.toISOString()}</LastModified><ETag>${escapeXml(one.etag)}</ETag><Size>${one.body.length}</Size></Contents>`;
    });
    const cut = keys.length > size;
    const next = cut
      ? `<NextContinuationToken>${Buffer.from(keys[size] ?? "").toString("hex")}</NextContinuationToken>`
      : "";
    return xml(
      "ListBucketResult",
      `<IsTruncated>${cut}</IsTruncated><KeyCount>${items.length}</KeyCount><EncodingType>url</EncodingType>${items.join("")}${next}`,
    );
  };

  const complete = (request: WireRequest, key: string): WireAnswer => {
    const found = upload(request.url);
    const text = request.body.toString("utf8");
    const listed = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? "").replaceAll("&quot;", '"').replaceAll("&#34;", '"'),
    }));
    const parts = listed.map(({ number, etag }, index) => {
      const part = found.parts.get(number);
      if (!part || part.etag !== etag) throw new WireFault("InvalidPart", `part ${number} is not there with ${etag}`);
      if (index > 0 && number <= (listed[index - 1]?.number ?? 0))
        throw new WireFault("InvalidPartOrder", "ascending only");
      if (index < listed.length - 1 && part.body.length < 5 * 1024 * 1024)
        throw new WireFault("EntityTooSmall", "a part but the last has less than 5 MiB");
      return part.body;
    });
    if (parts.length === 0) throw new WireFault("MalformedXML", "no parts");
    const sums = Buffer.concat(parts.map(md5));
    const etag = `"${md5(sums).toString("hex")}-${parts.length}"`;
    put(request, key, Buffer.concat(parts), etag, found.headers);
    uploads.delete(request.url.searchParams.get("uploadId") ?? "");
    return xml("CompleteMultipartUploadResult", `<Key>${escapeXml(key)}</Key><ETag>${escapeXml(etag)}</ETag>`);
  };

  const listUploads = ({ searchParams }: URL): WireAnswer => {
    const prefix = searchParams.get("prefix") ?? "";
    const items = [...uploads]
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(
        ([id, { key, at }]) =>
          `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId><Initiated>${at.toISOString()}</Initiated></Upload>`,
      );
    return xml("ListMultipartUploadsResult", `<IsTruncated>false</IsTruncated>${items.join("")}`);
  };

  const operationOf = ({ method, url }: WireRequest): string => {
    const query = url.searchParams;
    if (method === "GET" && query.has("uploads")) return "ListMultipartUploads";
    if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
    if (method === "PUT") return query.has("partNumber") ? "UploadPart" : "PutObject";
    if (method === "DELETE") return query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
    if (method === "HEAD") return "HeadObject";
    return query.get("list-type") === "2" ? "ListObjectsV2" : "GetObject";
  };

  const handle = (operation: string, request: WireRequest): WireAnswer => {
    const [, bucket, ...rest] = request.url.pathname.split("/");
    const key = rest.map(decodeURIComponent).join("/");
    if (bucket !== options.bucket) throw new WireFault("NoSuchBucket", "The specified bucket does not exist", 404);
    if (Buffer.byteLength(key) > 1024) throw new WireFault("KeyTooLongError", "Your key is too long");
    largest = Math.max(largest, request.body.length);
    const token = request.url.searchParams.get("uploadId") ?? "";
    switch (operation) {
      case "ListMultipartUploads":
        return listUploads(request.url);
      case "PutObject": {
        const locked = Object.keys(request.headers).some((name) => name.startsWith("x-amz-object-lock-"));
        const summed = ["content-md5", "x-amz-checksum-crc32", "x-amz-trailer"].some((name) => name in request.headers);
        if (locked && !summed)
          throw new WireFault(
            "InvalidRequest",
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
          );
        const body = decodeBody(request);
        const etag = `"${md5(body).toString("hex")}"`;
        put(request, key, body, etag, kept(request.headers));
        return { status: 200, headers: { etag } };
      }
      case "CreateMultipartUpload": {
        const id = `upload-${++made}`;
        uploads.set(id, { key, at: new Date(now()), headers: kept(request.headers), parts: new Map() });
        return xml("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
      }
      case "UploadPart": {
        const number = Number(request.url.searchParams.get("partNumber"));
        if (!(number >= 1 && number <= 10_000)) throw new WireFault("InvalidArgument", "part number 1..10000");
        const body = decodeBody(request);
        const etag = `"${md5(body).toString("hex")}"`;
        upload(request.url).parts.set(number, { body, etag });
        return { status: 200, headers: { etag } };
      }
      case "CompleteMultipartUpload":
        return complete(request, key);
      case "AbortMultipartUpload":
        upload(request.url);
        uploads.delete(token);
        return { status: 204 };
      case "DeleteObject":
        stored.delete(key);
        return { status: 204 };
      case "HeadObject":
        return { ...head(key, request), body: "" };
      case "ListObjectsV2":
        return list(request.url);
      default:
        return head(key, request);
    }
  };

  const wire = await serve(operationOf, handle, (fault) => ({
    status: fault.status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${fault.type}</Code><Message>${escapeXml(fault.message)}</Message></Error>`,
  }));
  return { ...wire, openUploads: () => uploads.size, largestBody: () => largest };
}
