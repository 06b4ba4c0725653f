// A page that hosts one widget for one user, as a Matrix client would; README.md has its parameters.
import {
  ClientWidgetApi,
  type ITemplateParams,
  type IWidgetApiRequest,
  Widget,
} from "matrix-widget-api";
import { Crypto, type ToDevice } from "./crypto";
import { Driver } from "./driver";
import { Homeserver } from "./homeserver";
import { Room } from "./room";

// As Element Web gives them to the widgets of a room.
const SANDBOX =
  "allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts " +
  "allow-presentation allow-downloads";
const ALLOW =
  "microphone; camera; encrypted-media; autoplay; display-capture; clipboard-write; clipboard-read";

/** What widgets send that the library leaves to the client. All of it is answered with `{}`. */
const FROM_WIDGET = [
  "io.element.join",
  "im.vector.hangup",
  "io.element.close",
  "io.element.device_mute",
  "set_always_on_screen",
  "m.sticker",
];

type Action = { action: string; data: unknown };

/** What tests see of the page, as `window.host`. */
export type Host = {
  /** Capabilities that the widget asked for. */
  capabilities: () => string[];
  /** What the widget sent of `FROM_WIDGET`, oldest first. */
  actions: Action[];
  /** Messages to the device since the page was opened, opened themselves. */
  toDevice: ToDevice[];
  /** "loading", then "ready" once the widget was told its capabilities, or what went wrong. */
  status: string;
  /** Send the widget an action; what it answers. */
  send: (action: string, data?: object) => Promise<unknown>;
  setTheme: (name: string) => Promise<unknown>;
  setLanguage: (language: string) => Promise<unknown>;
  /** Take the widget away, as a client does that closes it. */
  close: () => void;
};

declare global {
  interface Window {
    host: Host;
  }
}

/** The widget's address, with what Element Web adds to its query. */
function withParent(widget: Widget, variables: ITemplateParams): string {
  const url = new URL(widget.getCompleteUrl(variables));
  url.searchParams.set("widgetId", widget.id);
  url.searchParams.set("parentUrl", location.href.replace(/#.*/, ""));
  return url.href;
}

async function open(parameters: URLSearchParams): Promise<void> {
  const needed = (name: string): string => {
    const value = parameters.get(name);
    if (value === null) throw new Error(`the parameter ${name} is missing`);
    return value;
  };
  const userId = needed("userId");
  const homeserver = new Homeserver(needed("homeserver"), needed("accessToken"));
  const roomId = needed("roomId");
  const isEncrypted = await homeserver.has(roomId, "m.room.encryption");
  const crypto = isEncrypted ? await Crypto.open(homeserver, userId, needed("deviceId")) : null;
  const room = new Room(homeserver, roomId, crypto);
  const denied = new Set(parameters.getAll("deny"));
  const driver = new Driver(homeserver, room, userId, denied, crypto);
  const theme = parameters.get("theme") ?? "dark";
  const language = parameters.get("lang") ?? "en";
  const widget = new Widget({
    id: parameters.get("widgetId") ?? "widget",
    creatorUserId: userId,
    type: "m.custom",
    url: needed("widget"),
    waitForIframeLoad: parameters.get("waitForIframeLoad") !== "false",
  });

  const iframe = document.createElement("iframe");
  iframe.title = "Widget";
  iframe.allow = ALLOW;
  iframe.setAttribute("sandbox", SANDBOX);
  document.body.append(iframe);
  // It listens from here on, so the widget is loaded after it.
  const api = new ClientWidgetApi(widget, iframe, driver);
  const host: Host = {
    capabilities: () => [...driver.asked],
    actions: [],
    toDevice: [],
    status: "loading",
    send: async (action, data = {}) => api.transport.send(action as never, data as never),
    setTheme: async (name) => api.updateTheme({ name }),
    setLanguage: async (lang) => api.updateLanguage(lang),
    close: () => {
      room.stop();
      api.stop();
      iframe.remove();
    },
  };
  window.host = host;
  api.on("capabilitiesNotified", () => {
    host.status = "ready";
    void host.setTheme(theme).catch(() => undefined);
    void host.setLanguage(language).catch(() => undefined);
  });
  api.on("error:preparing", (error: unknown) => (host.status = String(error)));
  for (const action of FROM_WIDGET) {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      host.actions.push({ action, data: event.detail.data });
      api.transport.reply(event.detail, {});
    });
  }

  const complain = (error: unknown): void => console.warn("the widget took no news:", error);
  await room.start({
    state: (event) => void api.feedStateUpdate(event as never).catch(complain),
    timeline: (event) => void api.feedEvent(event as never).catch(complain),
    toDevice: ({ message, encrypted }) => {
      host.toDevice.push({ message, encrypted });
      void api.feedToDevice(message as never, encrypted).catch(complain);
    },
  });
  api.setViewedRoomId(room.id);
  iframe.src = withParent(widget, {
    widgetRoomId: room.id,
    currentUserId: userId,
    userDisplayName: (await homeserver.displayName(userId)) ?? userId,
    clientId: "io.haos.voice.tests",
    clientTheme: theme,
    clientLanguage: language,
    deviceId: needed("deviceId"),
    baseUrl: homeserver.url,
  });
}

open(new URLSearchParams(location.hash.slice(1))).catch((error: unknown) => {
  document.body.textContent = String(error);
  throw error;
});
