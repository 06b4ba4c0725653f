/** The composition root: the only file that names both services and stores. */
import { ACCOUNT_MARK, routeOf, roomHash, type Route } from "./lib/route";
import type { Unseen } from "./lib/model";
import type { WidgetParameters } from "./lib/widget";
import { createApi } from "./services/api";
import { createEngine, type Engine, type Report } from "./services/engine";
import type { Host } from "./services/host/host";
import { createLazyHost } from "./services/host/lazy";
import { createLinkHost, hasSession } from "./services/host/link";
import { catchMessages } from "./services/host/widget-inbox";
import { loadSeen, saveSeen } from "./services/seen-storage";
import { loadSettings, saveSettings } from "./services/settings-storage";
import { seeUntil, updateRings, useRingsStore } from "./stores/rings-store";
import { replaceSettings, useSettingsStore } from "./stores/settings-store";
import { showHostTheme } from "./stores/view-store";
import { notify, updateVoice } from "./stores/voice-store";
import { text } from "./strings/en";

export const API = "/_haos/voice/v1";

export type Start = { engine: Engine | null; route: Route };

export const start = (): Start => {
  replaceSettings(loadSettings(() => localStorage));
  useSettingsStore.subscribe((settings) => saveSettings(() => localStorage, settings));
  seeUntil(loadSeen(() => localStorage));
  useRingsStore.subscribe(({ seenUntil }, before) => {
    if (seenUntil !== before.seenUntil) saveSeen(() => localStorage, seenUntil);
  });
  const route = alone(routeOf(location.hash, location.search));
  let engine: Engine | null = null;
  const host = hostFor(route, () => void engine?.leave());
  if (host === null) return { engine, route };
  engine = engineFor(host);
  void engine.open();
  return { engine, route };
};

/** A widget in a window of its own ("pop out") has no client that speaks for it: it is a room's page. */
const alone = (route: Route): Route => {
  if (route.tag !== "widget" || window.parent !== window) return route;
  const { roomId } = route.parameters;
  history.replaceState(null, "", location.pathname + roomHash(roomId));
  return { tag: "room", roomId };
};

/** In the client on its own; says so without loading it. */
export const isLoggedIn = (): boolean => localStorage.getItem(ACCOUNT_MARK) !== null;

export const engineFor = (host: Host, others: Partial<Report> = {}): Engine => {
  const engine = createEngine(host, useSettingsStore.getState, { ...report, ...others });
  useSettingsStore.subscribe(engine.applySettings);
  return engine;
};

const hostFor = (route: Route, leave: () => void): Host | null => {
  switch (route.tag) {
    case "link":
      return createLinkHost(createApi(API), sessionStorage, { tag: "code", code: route.code });
    case "room":
      if (!hasSession(sessionStorage, route.roomId, Date.now())) return null;
      return createLinkHost(createApi(API), sessionStorage, {
        tag: "return",
        roomId: route.roomId,
      });
    case "widget":
      return widgetHost(route.parameters, leave);
    case "home":
    case "nowhere":
      return null;
  }
};

const widgetHost = (parameters: WidgetParameters, leave: () => void): Host => {
  showHostTheme(parameters.theme);
  const onListening = catchMessages(window);
  return createLazyHost(async () => {
    const { openWidget } = await import("./services/widget/open");
    const events = { onTheme: showHostTheme, onHangup: leave, onListening, onUnseen };
    return openWidget({ parameters, api: API, ...events });
  });
};

const onUnseen = (unseen: Unseen): void => {
  // Whoever set the server up looks there, and nobody else is helped by it.
  // eslint-disable-next-line no-console
  if (unseen !== null) console.warn(text.network.unseen[unseen]);
  updateVoice({ unseen });
};

const report: Report = {
  onSession: (session) => {
    updateVoice({ access: { tag: "open", session } });
    showRoom(session.roomId);
  },
  onRefused: (problem) => updateVoice({ access: { tag: "refused", problem } }),
  onRoom: (room) => updateVoice({ room }),
  onMoved: (move) => {
    notify("info", text.announce.moved(move.name || move.roomId));
    showRoom(move.roomId);
  },
  onConnection: (connection) => updateVoice({ connection }),
  onLocal: (local) => updateVoice({ local }),
  onSpeaking: (speaking) => updateVoice({ speaking }),
  onWatch: ({ talkingWhileMuted, dead }) =>
    updateVoice({ talkingWhileMuted, deadMicrophone: dead }),
  onSoundBlocked: (soundBlocked) => updateVoice({ soundBlocked }),
  onRings: updateRings,
  onSealed: (sealed) => updateVoice({ sealed }),
  onWaitingForKeys: (waitingFor) => updateVoice({ waitingFor }),
  onNotMoved: ({ name, roomId }, { code }) => {
    const { notMoved, notMovedKeys } = text.announce;
    const isKeys = code === "ENCRYPTED" || code === "KEYS_REFUSED" || code === "CANNOT_ENCRYPT";
    notify("warning", (isKeys ? notMovedKeys : notMoved)(name || roomId));
  },
  onSuppressionFailed: () => notify("warning", text.media.suppressionFailed),
};

/** The code is spent: it leaves the address, the history and the reload button. */
const showRoom = (roomId: string): void => {
  // A widget's address is what its client made it: it works again.
  if (routeOf(location.hash, location.search).tag === "widget") return;
  history.replaceState(null, "", roomHash(roomId));
};
