// The device's keys: to-device messages encrypted for others, and those that come decrypted. In
// memory only: a device is good for one opening of the page.
import {
  DeviceId,
  DeviceLists,
  initAsync,
  OlmMachine,
  ProcessedToDeviceEventType,
  RequestType,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import type { Homeserver, Json, MatrixEvent } from "./homeserver";

type Asked = { id: string | undefined; type: RequestType; body: string };
type Claim = { id: string; type: RequestType; body: string };

/** What a sync says of keys, and of messages to the device. */
export type KeyNews = {
  to_device?: { events?: MatrixEvent[] };
  device_lists?: { changed?: string[]; left?: string[] };
  device_one_time_keys_count?: Record<string, number>;
  device_unused_fallback_key_types?: string[];
};
export type ToDevice = { message: MatrixEvent; encrypted: boolean };
export type Messages = Record<string, Record<string, Json>>;

const users = (ids: readonly string[] = []): UserId[] => ids.map((id) => new UserId(id));

export class Crypto {
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly homeserver: Homeserver,
    private readonly machine: OlmMachine,
  ) {}

  /** Its keys are at the homeserver once this resolves. */
  static async open(homeserver: Homeserver, userId: string, deviceId: string): Promise<Crypto> {
    await initAsync(new URL("crypto.wasm", location.href));
    const machine = await OlmMachine.initialize(new UserId(userId), new DeviceId(deviceId));
    const crypto = new Crypto(homeserver, machine);
    await crypto.inTurn(async () => crypto.flush());
    return crypto;
  }

  async receive(news: KeyNews): Promise<ToDevice[]> {
    return this.inTurn(async () => {
      const events = await this.machine.receiveSyncChanges(
        JSON.stringify(news.to_device?.events ?? []),
        new DeviceLists(users(news.device_lists?.changed), users(news.device_lists?.left)),
        new Map(Object.entries(news.device_one_time_keys_count ?? {})),
        new Set(news.device_unused_fallback_key_types ?? []),
      );
      await this.flush();
      return events.flatMap((event) => {
        const encrypted = event.type === ProcessedToDeviceEventType.Decrypted;
        if (!encrypted && event.type !== ProcessedToDeviceEventType.PlainText) return [];
        return [{ message: JSON.parse(event.rawEvent) as MatrixEvent, encrypted }];
      });
    });
  }

  /** Devices that are not known get nothing, as with Element. */
  async send(type: string, messages: Messages): Promise<void> {
    const sealed = await this.inTurn(async () => {
      const ids = Object.keys(messages);
      await this.machine.updateTrackedUsers(users(ids));
      await this.flush();
      const claim = (await this.machine.getMissingSessions(users(ids))) as Claim | undefined | null;
      if (claim) await this.ask(claim);
      return this.seal(type, messages);
    });
    await this.homeserver.sendToDevice("m.room.encrypted", sealed);
  }

  private async seal(type: string, messages: Messages): Promise<Messages> {
    const sealed: Messages = {};
    for (const [userId, devices] of Object.entries(messages)) {
      for (const [deviceId, content] of Object.entries(devices)) {
        const device = await this.machine.getDevice(new UserId(userId), new DeviceId(deviceId));
        if (device === undefined) continue;
        const text = await device.encryptToDeviceEvent(type, content);
        (sealed[userId] ??= {})[deviceId] = JSON.parse(text) as Json;
      }
    }
    return sealed;
  }

  private async flush(): Promise<void> {
    for (const asked of await this.machine.outgoingRequests()) await this.ask(asked as Asked);
  }

  private async ask({ id, type, body }: Asked): Promise<void> {
    const path = PATHS.get(type);
    if (path === undefined || id === undefined) return;
    const answer = await this.homeserver.fetch("POST", ["keys", path], {}, JSON.parse(body));
    await this.machine.markRequestAsSent(id, type, await answer.text());
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

const PATHS = new Map([
  [RequestType.KeysUpload, "upload"],
  [RequestType.KeysQuery, "query"],
  [RequestType.KeysClaim, "claim"],
]);
