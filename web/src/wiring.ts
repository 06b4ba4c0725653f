/** The composition root: the only file that names both services and stores. */
import { routeOf, roomHash, type Route } from "./lib/route";
import { createApi } from "./services/api";
import { createEngine, type Engine, type Report } from "./services/engine";
import type { Host } from "./services/host/host";
import { createLinkHost, hasSession } from "./services/host/link";
import { loadSettings, saveSettings } from "./services/settings-storage";
import { updateRings } from "./stores/rings-store";
import { replaceSettings, useSettingsStore } from "./stores/settings-store";
import { notify, updateVoice } from "./stores/voice-store";
import { text } from "./strings/en";

const API = "/_haos/voice/v1";

export type Start = { engine: Engine | null; route: Route };

export const start = (): Start => {
  replaceSettings(loadSettings(() => localStorage));
  const route = routeOf(location.hash);
  const host = hostFor(route);
  if (host === null) return { engine: null, route };
  const engine = createEngine(host, useSettingsStore.getState, report);
  useSettingsStore.subscribe((settings) => {
    engine.applySettings(settings);
    saveSettings(() => localStorage, settings);
  });
  void engine.open();
  return { engine, route };
};

const hostFor = (route: Route): Host | null => {
  switch (route.tag) {
    case "link":
      return createLinkHost(createApi(API), sessionStorage, { tag: "code", code: route.code });
    case "room":
      if (!hasSession(sessionStorage, route.roomId, Date.now())) return null;
      return createLinkHost(createApi(API), sessionStorage, {
        tag: "return",
        roomId: route.roomId,
      });
    case "nowhere":
      return null;
  }
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
  onSuppressionFailed: () => notify("warning", text.media.suppressionFailed),
};

/** The code is spent: it leaves the address, the history and the reload button. */
const showRoom = (roomId: string): void => {
  history.replaceState(null, "", roomHash(roomId));
};
