/** The bridge's HTTP API, `/_haos/voice/v1`. The only file that calls fetch. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import * as v from "valibot";
import { problem, PROBLEMS, type ProblemCode, VoiceError } from "../lib/problem";

const TIMEOUT_MS = 15_000;
/** A comment comes every 15 s; a stream that is silent for longer is dead. */
const SILENT_MS = 40_000;

const ErrorBody = v.object({
  errcode: v.optional(v.string()),
  error: v.optional(v.string()),
  "io.haos.voice.code": v.optional(v.string()),
  retry_after_ms: v.optional(v.number()),
});

export type Api = {
  post: <T>(path: string, schema: Schema<T>, body: unknown, bearer?: string) => Promise<T>;
  get: <T>(path: string, schema: Schema<T>, bearer?: string) => Promise<T>;
  /** A file, such as a picture. */
  file: (path: string, bearer: string) => Promise<Blob>;
  /** Calls `onData` for each event of these names, until the stream ends or the signal aborts. */
  follow: (stream: Stream) => Promise<void>;
};

type Stream = {
  path: string;
  events: readonly string[];
  bearer: string;
  signal: AbortSignal;
  onData: (value: unknown, event: string) => void;
};

type Schema<T> = v.GenericSchema<unknown, T>;

export const createApi = (base: string, send: typeof fetch = fetch.bind(globalThis)): Api => {
  const request = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await send(base + path, { ...init, cache: "no-store", credentials: "omit" });
    } catch (error) {
      if (init.signal?.reason instanceof DOMException && init.signal.reason.name === "AbortError")
        throw error;
      throw new VoiceError(problem("UNREACHABLE"));
    }
    if (!response.ok) throw new VoiceError(await refusal(response));
    return response;
  };

  const json = async <T>(path: string, schema: Schema<T>, init: RequestInit): Promise<T> => {
    const response = await request(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body: unknown = await response.json().catch(() => null);
    const parsed = v.safeParse(schema, body);
    if (parsed.success) return parsed.output;
    const where = v.getDotPath(parsed.issues[0]) ?? "";
    throw new VoiceError(problem("UNEXPECTED", `the server's answer is wrong at "${where}"`));
  };

  return {
    post: async (path, schema, body, bearer) =>
      json(path, schema, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...authorization(bearer) },
        body: JSON.stringify(body),
      }),
    get: async (path, schema, bearer) => json(path, schema, { headers: authorization(bearer) }),
    file: async (path, bearer) => {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return (await request(path, { headers: authorization(bearer), signal })).blob();
    },
    follow: async ({ path, events, bearer, signal, onData }) => {
      const stop = new AbortController();
      const silence = watchdog(() => {
        stop.abort(new DOMException("silent", "TimeoutError"));
      });
      try {
        const response = await request(path, {
          headers: { Accept: "text/event-stream", ...authorization(bearer) },
          signal: AbortSignal.any([signal, stop.signal]),
        });
        if (response.body === null) return;
        const reader = response.body
          .pipeThrough(touching(silence.touch))
          .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
          .pipeThrough(new EventSourceParserStream())
          .getReader();
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          const { event = "", data } = next.value;
          if (events.includes(event)) onData(JSON.parse(data), event);
        }
      } finally {
        silence.end();
      }
    },
  };
};

const authorization = (bearer: string | undefined): Record<string, string> =>
  bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };

const touching = (touch: () => void): TransformStream<Uint8Array, Uint8Array> =>
  new TransformStream({
    transform: (chunk, controller) => {
      touch();
      controller.enqueue(chunk);
    },
  });

const watchdog = (onSilence: () => void): { touch: () => void; end: () => void } => {
  let timer = setTimeout(onSilence, SILENT_MS);
  return {
    touch: () => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, SILENT_MS);
    },
    end: () => clearTimeout(timer),
  };
};

const refusal = async (response: Response) => {
  const body: unknown = await response.json().catch(() => null);
  const parsed = v.safeParse(ErrorBody, body);
  const said = parsed.success ? parsed.output : {};
  const code = said["io.haos.voice.code"];
  return problem(codeOf(code, response.status), said.error ?? "", said.retry_after_ms ?? 0);
};

const codeOf = (code: string | undefined, status: number): ProblemCode => {
  const known = PROBLEMS.find((name) => name === code);
  if (known !== undefined) return known;
  if (status === 401) return "SESSION_ENDED";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_A_CHANNEL";
  if (status === 429) return "RATE_LIMITED";
  return status >= 502 && status <= 504 ? "UNREACHABLE" : "UNEXPECTED";
};
