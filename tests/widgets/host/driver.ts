// What a widget asks of its host, done at the homeserver as the user.
import {
  type Capability,
  type IGetMediaConfigResult,
  type IOpenIDCredentials,
  type IOpenIDUpdate,
  type IReadEventRelationsResult,
  type IRoomEvent,
  type IRtcTransportsResult,
  type ISearchUserDirectoryResult,
  type ISendDelayedEventDetails,
  type ISendEventDetails,
  type IWidgetApiErrorResponseDataDetails,
  OpenIDRequestState,
  type SimpleObservable,
  WidgetDriver,
} from "matrix-widget-api";
import type { Crypto, Messages } from "./crypto";
import { type Homeserver, MatrixError } from "./homeserver";
import type { Room } from "./room";

export class Driver extends WidgetDriver {
  readonly asked = new Set<Capability>();

  constructor(
    private readonly homeserver: Homeserver,
    private readonly room: Room,
    private readonly userId: string,
    private readonly denied: ReadonlySet<Capability>,
    private readonly crypto: Crypto | null,
  ) {
    super();
  }

  override async validateCapabilities(requested: Set<Capability>): Promise<Set<Capability>> {
    for (const capability of requested) this.asked.add(capability);
    return new Set([...requested].filter((capability) => !this.denied.has(capability)));
  }

  override async sendEvent(
    type: string,
    content: unknown,
    stateKey: string | null = null,
    roomId: string | null = null,
  ): Promise<ISendEventDetails> {
    return this.send(type, content, stateKey, roomId);
  }

  override async sendStickyEvent(
    sticky: number,
    type: string,
    content: unknown,
    roomId: string | null = null,
  ): Promise<ISendEventDetails> {
    return this.send(type, content, null, roomId, sticky);
  }

  override async sendDelayedEvent(
    delay: number,
    type: string,
    content: unknown,
    stateKey: string | null = null,
    roomId: string | null = null,
  ): Promise<ISendDelayedEventDetails> {
    return this.schedule(type, content, stateKey, roomId, { delay });
  }

  override async sendDelayedStickyEvent(
    delay: number,
    sticky: number,
    type: string,
    content: unknown,
    roomId: string | null = null,
  ): Promise<ISendDelayedEventDetails> {
    return this.schedule(type, content, null, roomId, { delay, sticky });
  }

  private async send(
    type: string,
    content: unknown,
    stateKey: string | null,
    roomId: string | null,
    sticky?: number,
  ): Promise<ISendEventDetails> {
    const where = roomId ?? this.room.id;
    const answer = await this.homeserver.send(where, type, stateKey, content, { sticky });
    return { roomId: where, eventId: answer.event_id };
  }

  private async schedule(
    type: string,
    content: unknown,
    stateKey: string | null,
    roomId: string | null,
    options: { delay: number; sticky?: number },
  ): Promise<ISendDelayedEventDetails> {
    const where = roomId ?? this.room.id;
    const answer = await this.homeserver.send(where, type, stateKey, content, options);
    return { roomId: where, delayId: answer.delay_id };
  }

  override async cancelScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.homeserver.updateDelayed(delayId, "cancel");
  }

  override async restartScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.homeserver.updateDelayed(delayId, "restart");
  }

  override async sendScheduledDelayedEvent(delayId: string): Promise<void> {
    await this.homeserver.updateDelayed(delayId, "send");
  }

  override async sendToDevice(type: string, encrypted: boolean, messages: object): Promise<void> {
    if (!encrypted) return this.homeserver.sendToDevice(type, messages);
    if (this.crypto === null)
      throw new Error("the room is not encrypted, so the device has no keys");
    await this.crypto.send(type, messages as Messages);
  }

  override async readRoomState(
    _roomId: string,
    type: string,
    stateKey?: string,
  ): Promise<IRoomEvent[]> {
    return this.room.state(type, stateKey) as IRoomEvent[];
  }

  override async readStickyEvents(): Promise<IRoomEvent[]> {
    return this.room.sticky() as IRoomEvent[];
  }

  override async readRoomTimeline(
    roomId: string,
    type: string,
    msgtype: string | undefined,
    stateKey: string | undefined,
    limit: number,
    since: string | undefined,
  ): Promise<IRoomEvent[]> {
    const found: IRoomEvent[] = [];
    for (const event of await this.homeserver.timeline(roomId, type, limit || 100)) {
      if (event.event_id === since) break;
      if (msgtype !== undefined && event.content["msgtype"] !== msgtype) continue;
      if (stateKey !== undefined && event.state_key !== stateKey) continue;
      found.push(event as IRoomEvent);
    }
    return found;
  }

  override async readEventRelations(
    eventId: string,
    roomId = this.room.id,
    relation?: string,
    type?: string,
    from?: string,
    to?: string,
    limit?: number,
    dir?: "f" | "b",
  ): Promise<IReadEventRelationsResult> {
    const path = [eventId, ...(relation ? [relation, ...(type ? [type] : [])] : [])];
    const asked = Object.entries({ from, to, dir, limit: limit?.toString() });
    const query = asked.filter((pair): pair is [string, string] => pair[1] !== undefined);
    const page = await this.homeserver.relations(roomId, path, Object.fromEntries(query));
    return {
      chunk: page.chunk as IRoomEvent[],
      ...(page.next_batch === undefined ? {} : { nextBatch: page.next_batch }),
      ...(page.prev_batch === undefined ? {} : { prevBatch: page.prev_batch }),
    };
  }

  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    this.homeserver.openId<IOpenIDCredentials>(this.userId).then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  override async getRtcTransports(): Promise<IRtcTransportsResult> {
    return this.homeserver.rtcTransports();
  }

  override async searchUserDirectory(
    term: string,
    limit?: number,
  ): Promise<ISearchUserDirectoryResult> {
    type Found = { user_id: string; display_name?: string; avatar_url?: string };
    const answer = await this.homeserver.searchUsers<{ limited: boolean; results: Found[] }>(
      term,
      limit,
    );
    const results = answer.results.map((found) => ({
      userId: found.user_id,
      ...(found.display_name === undefined ? {} : { displayName: found.display_name }),
      ...(found.avatar_url === undefined ? {} : { avatarUrl: found.avatar_url }),
    }));
    return { limited: answer.limited, results };
  }

  override async getMediaConfig(): Promise<IGetMediaConfigResult> {
    return this.homeserver.mediaConfig();
  }

  override async uploadFile(file: XMLHttpRequestBodyInit): Promise<{ contentUri: string }> {
    return { contentUri: await this.homeserver.upload(file) };
  }

  override async downloadFile(mxc: string): Promise<{ file: Blob }> {
    return { file: await this.homeserver.download(mxc) };
  }

  override getKnownRooms(): string[] {
    return [this.room.id];
  }

  override processError(error: unknown): IWidgetApiErrorResponseDataDetails | undefined {
    if (!(error instanceof MatrixError)) return undefined;
    return {
      matrix_api_error: {
        http_status: error.status,
        http_headers: error.headers,
        url: error.url,
        response: error.body,
      },
    };
  }
}
