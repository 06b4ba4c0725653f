import * as v from "valibot";
import { ACTIONS, type Action, canBind, DEFAULT_KEYS } from "./keys";

/** What a person set, as it is kept in the browser. Whatever is wrong there becomes the default. */
const device = v.fallback(v.string(), "");
const flag = (standard: boolean) => v.fallback(v.boolean(), standard);
const number = (least: number, most: number, standard: number) =>
  v.fallback(v.pipe(v.number(), v.minValue(least), v.maxValue(most)), standard);
const one = <const T extends readonly [string, ...string[]]>(choices: T, standard: T[number]) =>
  v.fallback(v.picklist(choices), standard);

const key = (standard: string) =>
  v.fallback(
    v.pipe(
      v.string(),
      v.check((name) => name === "" || canBind(name)),
    ),
    standard,
  );

const keys = v.object(
  Object.fromEntries(ACTIONS.map((action) => [action, key(DEFAULT_KEYS[action])])) as Record<
    Action,
    ReturnType<typeof key>
  >,
);

const personal = v.object({
  volume: v.pipe(v.number(), v.minValue(0), v.maxValue(2)),
  muted: v.boolean(),
});

const SettingsSchema = v.object({
  inputDevice: device,
  outputDevice: device,
  cameraDevice: device,
  echoCancellation: flag(true),
  autoGain: flag(true),
  noise: one(["off", "browser", "rnnoise"], "browser"),
  inputMode: one(["open", "gate", "push"], "open"),
  gateDb: number(-100, 0, -55),
  pushKey: v.fallback(
    v.pipe(
      v.string(),
      v.check((name) => name !== "" && canBind(name)),
    ),
    "Space",
  ),
  pushReleaseMs: number(0, 2000, 200),
  sounds: flag(true),
  soundVolume: number(0, 1, 0.5),
  ring: flag(true),
  ringVolume: number(0, 1, 0.6),
  /** Off until the person switches it on: only then the browser may ask. */
  ringNotifications: flag(false),
  shortcuts: flag(true),
  keys: v.fallback(keys, DEFAULT_KEYS),
  people: v.fallback(v.record(v.string(), personal), {}),
  announce: one(["all", "own", "none"], "all"),
  theme: one(["system", "dark", "light"], "system"),
  share: one(["text", "720p30", "1080p30", "1080p60"], "1080p30"),
  shareSound: flag(true),
});

export type Settings = v.InferOutput<typeof SettingsSchema>;
export type PersonalVolume = v.InferOutput<typeof personal>;

export const readSettings = (raw: unknown): Settings =>
  v.parse(SettingsSchema, typeof raw === "object" && raw !== null ? raw : {});

export const DEFAULT_SETTINGS: Settings = readSettings({});

export const volumeOf = (settings: Settings, userId: string): PersonalVolume =>
  settings.people[userId] ?? { volume: 1, muted: false };
