// The client-server API, as far as widgets reach it. It knows no widgets.

export type Json = Record<string, unknown>;

export type MatrixEvent = {
  type: string;
  sender: string;
  event_id: string;
  room_id: string;
  state_key?: string;
  origin_server_ts: number;
  content: Json;
  unsigned: Json;
  msc4354_sticky?: { duration_ms: number };
};

/** The homeserver said no; what it said goes to the widget as it is. */
export class MatrixError extends Error {
  constructor(
    readonly status: number,
    readonly url: string,
    readonly headers: Record<string, string>,
    readonly body: Json & { errcode: string; error: string },
  ) {
    super(`${status} ${body.errcode}: ${body.error}`);
  }
}

const UNSTABLE = "unstable";
let transactions = 0;

export class Homeserver {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  async fetch(
    method: string,
    path: readonly string[],
    query: Record<string, string> = {},
    content?: unknown,
    version = "v3",
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    const url = new URL(
      `${this.url}/_matrix/client/${version}/${path.map(encodeURIComponent).join("/")}`,
    );
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method,
      signal,
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
      body: content === undefined ? null : JSON.stringify(content),
    });
    if (response.ok) return response;
    const text = await response.text();
    let body = { errcode: "M_UNKNOWN", error: text };
    try {
      body = JSON.parse(text) as typeof body;
    } catch {
      // Not an answer of Matrix's.
    }
    throw new MatrixError(response.status, url.href, Object.fromEntries(response.headers), body);
  }

  private async json<T = Json>(...request: Parameters<Homeserver["fetch"]>): Promise<T> {
    return (await this.fetch(...request)).json() as Promise<T>;
  }

  async sync(filter: Json, since: string | null, signal: AbortSignal): Promise<Json> {
    const query = {
      filter: JSON.stringify(filter),
      timeout: since === null ? "0" : "30000",
      "org.matrix.msc4222.use_state_after": "true",
      ...(since === null ? {} : { since }),
    };
    return this.json("GET", ["sync"], query, undefined, "v3", signal);
  }

  /** `options`: how long to wait with it (MSC4140) and how long it sticks (MSC4354), in ms. */
  async send(
    roomId: string,
    type: string,
    stateKey: string | null,
    content: unknown,
    options: { delay?: number | undefined; sticky?: number | undefined } = {},
  ): Promise<{ event_id: string; delay_id: string }> {
    const query: Record<string, string> = {};
    if (options.delay !== undefined) query["org.matrix.msc4140.delay"] = `${options.delay}`;
    if (options.sticky !== undefined)
      query["org.matrix.msc4354.sticky_duration_ms"] = `${options.sticky}`;
    const path =
      stateKey === null
        ? ["rooms", roomId, "send", type, this.transaction()]
        : ["rooms", roomId, "state", type, stateKey];
    return this.json("PUT", path, query, content);
  }

  async updateDelayed(delayId: string, action: "cancel" | "restart" | "send"): Promise<void> {
    const path = ["org.matrix.msc4140", "delayed_events", delayId, action];
    await this.fetch("POST", path, {}, {}, UNSTABLE);
  }

  async sendToDevice(type: string, messages: unknown): Promise<void> {
    await this.fetch("PUT", ["sendToDevice", type, this.transaction()], {}, { messages });
  }

  /** Newest first. */
  async timeline(roomId: string, type: string, limit: number): Promise<MatrixEvent[]> {
    const query = { dir: "b", limit: `${limit}`, filter: JSON.stringify({ types: [type] }) };
    const answer = await this.json<{ chunk: MatrixEvent[] }>(
      "GET",
      ["rooms", roomId, "messages"],
      query,
    );
    return answer.chunk;
  }

  async relations(
    roomId: string,
    path: readonly string[],
    query: Record<string, string>,
  ): Promise<{ chunk: MatrixEvent[]; next_batch?: string; prev_batch?: string }> {
    return this.json("GET", ["rooms", roomId, "relations", ...path], query, undefined, "v1");
  }

  async openId<T>(userId: string): Promise<T> {
    return this.json("POST", ["user", userId, "openid", "request_token"], {}, {});
  }

  /** Whether the room's state has such an event. */
  async has(roomId: string, type: string): Promise<boolean> {
    return this.fetch("GET", ["rooms", roomId, "state", type, ""]).then(
      () => true,
      () => false,
    );
  }

  async displayName(userId: string): Promise<string | undefined> {
    return (await this.json<{ displayname?: string }>("GET", ["profile", userId])).displayname;
  }

  async rtcTransports<T>(): Promise<T> {
    return this.json("GET", ["org.matrix.msc4143", "rtc", "transports"], {}, undefined, UNSTABLE);
  }

  async searchUsers<T>(search_term: string, limit?: number): Promise<T> {
    return this.json("POST", ["user_directory", "search"], {}, { search_term, limit });
  }

  async mediaConfig(): Promise<Json> {
    return this.json("GET", ["media", "config"], {}, undefined, "v1");
  }

  async upload(file: BodyInit): Promise<string> {
    const response = await fetch(`${this.url}/_matrix/media/v3/upload`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}` },
      body: file,
    });
    return ((await response.json()) as { content_uri: string }).content_uri;
  }

  async download(mxc: string): Promise<Blob> {
    const [server, id] = mxc.replace("mxc://", "").split("/");
    const path = ["media", "download", server ?? "", id ?? ""];
    return (await this.fetch("GET", path, {}, undefined, "v1")).blob();
  }

  private transaction(): string {
    transactions += 1;
    return `host-${Date.now()}-${transactions}`;
  }
}
