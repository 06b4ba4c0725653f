/** The composition root of the client on its own; loaded only there, with the Matrix SDK. */
import { browserName } from "./lib/browser";
import { createApi } from "./services/api";
import { createStandalone, type Standalone } from "./services/matrix/standalone";
import { resetAccount, updateAccount, useAccountStore } from "./stores/account-store";
import { resetRings } from "./stores/rings-store";
import { notify, resetVoice, updateVoice, useVoiceStore } from "./stores/voice-store";
import { text } from "./strings/en";
import { words } from "./strings/standalone.en";
import { API, engineFor } from "./wiring";
import { roomHash } from "./lib/route";

export const startStandalone = (roomId: string | null): Standalone => {
  const open = (id: string) => {
    updateAccount({ roomId: id });
    standalone.account()?.openTimeline(id);
    history.replaceState(null, "", roomHash(id));
  };
  const standalone = createStandalone({
    page: createApi("."),
    bridge: createApi(API),
    apiOf: createApi,
    deviceName: words.deviceName(browserName(navigator.userAgent)),
    roomId,
    engineFor: (host) =>
      engineFor(host, {
        onSession: (session) => updateVoice({ access: { tag: "open", session } }),
        onMoved: (move) => {
          notify("info", text.announce.moved(move.name || move.roomId));
          open(move.roomId);
        },
      }),
    report: {
      onPhase: (phase) => {
        if (phase.tag === "login") {
          // Whoever logs in next sees nothing of whoever was here.
          resetAccount();
          resetRings();
          resetVoice();
          history.replaceState(null, "", "#/");
        }
        updateAccount({ phase });
      },
      onRooms: (rooms) => {
        updateAccount({ rooms });
        openWaiting();
      },
      onTimeline: (timeline) => updateAccount({ timeline }),
      onOnline: (online) => updateAccount({ online }),
      onOpen: (id) => {
        waiting = id;
        openWaiting();
      },
    },
  });

  /** Of the address; opened once the account is known to be in it. */
  let waiting: string | null = null;
  const openWaiting = () => {
    const { rooms, phase } = useAccountStore.getState();
    if (waiting === null || phase.tag !== "open" || !rooms.has(waiting)) return;
    open(waiting);
    waiting = null;
  };

  showStatus(standalone);
  void standalone.begin();
  return standalone;
};

/** “In voice: Lounge” for as long as we are there. */
const showStatus = (standalone: Standalone) => {
  let shown = "";
  useVoiceStore.subscribe(({ connection, room }) => {
    const inside = connection.tag === "in" || connection.tag === "reconnecting";
    const wanted = inside && room !== null ? words.inVoice(room.name) : "";
    if (wanted === shown || connection.tag === "waiting") return;
    shown = wanted;
    if (wanted === "") void standalone.status()?.clear();
    else standalone.status()?.show(wanted);
  });
  window.addEventListener("pagehide", () => standalone.status()?.clearAtOnce());
};
